/* ONC RPC (RFC 5531) over TCP from the client's side. */
#ifndef BERTH_LOAD_RPC_H
#define BERTH_LOAD_RPC_H

#include "load.h"

enum { mount_program = 100005, mount_version = 3, nfs_program = 100003, nfs_version = 3 };

/* Connects to options.host and returns the descriptor, in blocking mode. */
int rpc_dial(int port);

/* Writes an empty record mark and the header of a call with AUTH_SYS credentials. */
void rpc_begin(struct xdr_out *out, uint32_t xid, uint32_t program, uint32_t version, uint32_t procedure);

/* Fills in the record mark of a call of which `data` more bytes are sent from elsewhere. */
void rpc_end(struct xdr_out *out, uint32_t data);

/* Reads the header of a reply after its xid; dies unless the call was accepted and carried out. */
void rpc_accept(struct xdr_in *in);

/* Sends one call and waits for its reply, of which `in` views the results until the next call. */
void rpc_call(int fd, struct xdr_out *out, struct xdr_in *in);

/* An xid no earlier run has used, so that no reply cache takes a call for a retransmission. */
uint32_t rpc_fresh_xid(void);

#endif
