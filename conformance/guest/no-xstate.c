/*
 * Starts a program (a user-mode-linux kernel) that believes the CPU's extended register state cannot be read.
 *
 * The kernel in Debian 12 sizes its buffer for that state too small for recent CPUs and dies at boot. When ptrace
 * answers EIO for NT_X86_XSTATE it falls back to the legacy 512-byte state, which holds SSE but not AVX: programs in
 * the guest must not use AVX (see the tunables in guest.mjs).
 *
 * It stays as the parent and reaps, so that it can be PID 1 of a pid namespace.
 */
#include <errno.h>
#include <elf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* Falls through when equal, otherwise jumps `other` instructions forward. */
#define EXPECT(value, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (other))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))

static int refuse_extended_state(void) {
  struct sock_filter filter[] = {
      LOAD(nr),
      EXPECT(SYS_ptrace, 6),
      LOAD(args[0]),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PTRACE_GETREGSET, 1, 0),
      EXPECT(PTRACE_SETREGSET, 3),
      LOAD(args[2]),
      EXPECT(NT_X86_XSTATE, 1),
      ANSWER(SECCOMP_RET_ERRNO | EIO),
      ANSWER(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -1;
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: no-xstate PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 1;
  }
  if (child == 0) {
    if (refuse_extended_state()) {
      perror("seccomp");
      _exit(1);
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  for (;;) {
    int status;
    pid_t pid = wait(&status);
    if (pid < 0 && errno == EINTR) continue;
    if (pid == child || pid < 0) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}
