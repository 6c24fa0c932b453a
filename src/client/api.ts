// Made from openapi.json by tools/generate-client.mjs.
/* eslint-disable */
export interface paths {
    "/v1/gateway": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this gateway is called, and where its clients find it */
        get: operations["getGateway"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose token this is, and what it may do */
        get: operations["whoami"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/namespace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a path leads to, through aliases and with what lies below a link */
        get: operations["resolvePath"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/aliases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Former paths that still answer, and that you may see */
        get: operations["listAliases"];
        put?: never;
        post?: never;
        /** Let a former path answer no more; what was mounted by it goes on */
        delete: operations["removeAlias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/folders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a folder, and those above it that are missing */
        post: operations["createFolder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/folders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One folder; 0 is the root */
        get: operations["getFolder"];
        put?: never;
        post?: never;
        /** Remove an empty folder */
        delete: operations["deleteFolder"];
        options?: never;
        head?: never;
        /** Describe and label a folder */
        patch: operations["updateFolder"];
        trace?: never;
    };
    "/v1/folders/{id}/children": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Folders and links in a folder that you may see, by name */
        get: operations["listChildren"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/folders/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move or rename a folder with all below it
         * @description Mounts go on. The directories of shares move too.
         */
        post: operations["moveFolder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Links that you may see, those that give shares their paths among them */
        get: operations["listLinks"];
        put?: never;
        /** Make a link to shares, or to paths on other gateways */
        post: operations["createLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One link with its targets */
        get: operations["getLink"];
        put?: never;
        post?: never;
        /** Remove a link; what it leads to stays */
        delete: operations["deleteLink"];
        options?: never;
        head?: never;
        /** Describe and label a link */
        patch: operations["updateLink"];
        trace?: never;
    };
    "/v1/links/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move or rename a link, and with it the share that has its path from it
         * @description Mounts go on. The directory of the share moves too.
         */
        post: operations["moveLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}/targets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a link lead to one more place */
        post: operations["addTarget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}/targets/{target}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Let a link lead somewhere no more */
        delete: operations["removeTarget"];
        options?: never;
        head?: never;
        /** Take a target off line, drain it, or change its priority */
        patch: operations["updateTarget"];
        trace?: never;
    };
    "/v1/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shares that you may see, by number
         * @description A page may have fewer than asked for, and yet be followed by others.
         */
        get: operations["listShares"];
        put?: never;
        /** Make a share, and the folders above it that are missing */
        post: operations["createShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tombstones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deleted shares that you may see and that can be undeleted */
        get: operations["listTombstones"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One share, living or deleted */
        get: operations["getShare"];
        put?: never;
        post?: never;
        /** Take a share away; its data waits to be undeleted or purged */
        delete: operations["deleteShare"];
        options?: never;
        head?: never;
        /** Change a share */
        patch: operations["updateShare"];
        trace?: never;
    };
    "/v1/shares/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a share another path
         * @description Mounts go on. Its directory moves too.
         */
        post: operations["moveShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a deleted share back, at its old path or another */
        post: operations["undeleteShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove the data of a deleted share for good
         * @description Answers when all of it is gone, which may take long.
         */
        post: operations["purgeShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/move-store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move a share to another store while clients use it
         * @description Answers when clients are served from there, which may take long. Mounts, file handles and open files go on; changes wait for a moment at the end. Whatever fails, the share is where it was.
         */
        post: operations["moveShareToStore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/move-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shares that are being moved to another store, of those that you may see, the oldest first */
        get: operations["listMoveJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/move-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the move of a share early: it stays where it is
         * @description One that is finishing cannot be ended any more.
         */
        delete: operations["abortMoveJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/mounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a ticket: a path that one address may mount once, soon
         * @description For orchestrators that must not put a token into a mount table.
         */
        post: operations["issueTicket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/mount": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a share is mounted, in lines to copy */
        get: operations["getMountLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/kubernetes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** PersistentVolume and PersistentVolumeClaim of a share, as YAML */
        get: operations["getKubernetesVolume"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Snapshots of shares that you may see, by number
         * @description A page may have fewer than asked for, and yet be followed by others.
         */
        get: operations["listSnapshots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Snapshots of a share, living or deleted, by number */
        get: operations["listShareSnapshots"];
        put?: never;
        /**
         * Make a snapshot of a share
         * @description Answers when it is complete, which may take long where files are copied.
         */
        post: operations["createSnapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One snapshot */
        get: operations["getSnapshot"];
        put?: never;
        post?: never;
        /**
         * Remove a snapshot for good
         * @description Answers when all of it is gone. The last of its share goes only with `last=true`.
         */
        delete: operations["deleteSnapshot"];
        options?: never;
        head?: never;
        /** Describe and label a snapshot */
        patch: operations["updateSnapshot"];
        trace?: never;
    };
    "/v1/snapshots/{id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The room that a snapshot takes up */
        get: operations["getSnapshotUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/manifest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is kept with a snapshot: share, application and its documents, as they were */
        get: operations["getSnapshotManifest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a snapshot another name
         * @description Clients see it under the new one at once. Files that they have open stay open.
         */
        post: operations["renameSnapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a snapshot from being removed, by whomever */
        post: operations["holdSnapshot"];
        /** Let a snapshot that is held be removed again */
        delete: operations["releaseSnapshot"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/snapshot-cost": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a snapshot of a share would take now
         * @description Reads names and sizes of all files that would be copied.
         */
        get: operations["getSnapshotCost"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshot-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make snapshots of several shares as of the same instant: all or none
         * @description Answers when they are complete.
         */
        post: operations["createSnapshotGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshot-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Snapshots that are being made of shares that you may see, the oldest first */
        get: operations["listSnapshotJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshot-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End the making of snapshots early: they are not made, and what was copied is removed */
        delete: operations["abortSnapshotJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is different in a snapshot from what it was in another of the same share
         * @description Sent as it is found; an answer that breaks off is not whole. `ndjson`: a line for each change, {kind, path, type} with kind added, deleted, modified, metadata or renamed; renamed has `from`, the path in the other; modified files have `size` and `ranges` [{offset, length}], and `metadata` if mode or owner are others too; another name of a file that is told of has `linkOf`. Paths are relative to the root of the share, which is `.`; one that is no UTF-8 comes in base64 too: `pathBase64`. `nul`: only the paths of what is added, modified, renamed to, or of other metadata, as bytes, each with a NUL after it. What lies in a renamed directory is told of only where it is different. The header `berth-changes-by` says how they were found: by the `journal` of what clients changed through the gateway, or by a `comparison` of everything.
         */
        get: operations["getSnapshotChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make files of a share what they are in a snapshot of it
         * @description Answers when all is on the disk, which may take long. Clients go on meanwhile, and see what is new without mounting again. What is as it was stays untouched; ended early and asked for again, it goes on.
         */
        post: operations["restoreSnapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new share of a snapshot: a writable copy
         * @description At once on btrfs and where files can share their data, else by copying. The share that the snapshot is of may be deleted by now. Who asks must be allowed to restore that one, and to manage the path of the new one.
         */
        post: operations["cloneSnapshot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restore-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Restores and clones that go on, of shares that you may see, the oldest first */
        get: operations["listRestoreJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/restore-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a restore or clone early
         * @description What was restored stays, and asked for again it goes on. Of a clone nothing stays.
         */
        delete: operations["abortRestoreJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/directory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a share of a directory of the host
         * @description Answers when all is on the disk. Owners, modes, times, extended attributes, hard links and holes are kept, symlinks copied and never followed. Who asks must be allowed to manage stores and the path of the share.
         */
        post: operations["importDirectory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/docker": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a share of each volume of the Docker daemon of the host
         * @description Volumes are copied, and stay. Those that were imported before are left alone, so that it can be asked for again. A compose project, or the label berth/application of a volume, becomes the application of its share.
         */
        post: operations["importDockerVolumes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/import-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Imports that go on, of shares that you may see, the oldest first */
        get: operations["listImportJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/import-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An import that goes on */
        get: operations["getImportJob"];
        put?: never;
        post?: never;
        /**
         * End an import early
         * @description Of the share that it was making nothing stays; of volumes of Docker, those that are done stay.
         */
        delete: operations["abortImportJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/snapshots/{id}/tar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is in a snapshot, as a tar
         * @description Packed as it is taken, by GNU tar: numeric owners, nanoseconds, extended attributes user.*, ACLs, hard links, holes. An answer that breaks off is not whole. The snapshot is not removed meanwhile.
         */
        get: operations["exportSnapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Schedules of snapshots, by name */
        get: operations["listSchedules"];
        put?: never;
        /**
         * Make snapshots of shares again and again
         * @description Its maker must be allowed to make snapshots of all that its path has, or everywhere.
         */
        post: operations["createSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{schedule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One schedule, and what came of its last run */
        get: operations["getSchedule"];
        put?: never;
        post?: never;
        /** Remove a schedule; its snapshots stay, and nothing removes them any more */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        /** Change, enable or disable a schedule */
        patch: operations["updateSchedule"];
        trace?: never;
    };
    "/v1/schedules/{schedule}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a schedule now, also a disabled one
         * @description Answers when the run has ended, which may take long. When it comes next does not change.
         */
        post: operations["runSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/schedules/{schedule}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a schedule would run, for which shares, and what its retention would remove now */
        get: operations["previewSchedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Repositories of restic, by name */
        get: operations["listRepositories"];
        put?: never;
        /**
         * Add a repository, and have restic make it where there is none
         * @description Answers when it was opened. Secrets are named, not given: the gateway reads them each time.
         */
        post: operations["createRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One repository */
        get: operations["getRepository"];
        put?: never;
        post?: never;
        /** Forget a repository; what is in it stays there. Schedules back up there no more */
        delete: operations["deleteRepository"];
        options?: never;
        head?: never;
        /** Change a repository; where it is, or its secrets, are tried first */
        patch: operations["updateRepository"];
        trace?: never;
    };
    "/v1/repositories/{repository}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let restic look for damage
         * @description Answers when it is begun, as a job.
         */
        post: operations["checkRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let restic remove what no backup needs any more
         * @description Answers when it is begun, as a job.
         */
        post: operations["pruneRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write into the catalogue what is in a repository, whoever made it
         * @description Answers when it is begun, as a job.
         */
        post: operations["scanRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove locks that a restic which died has left; only when none is at work on it anywhere
         * @description Answers when it is begun, as a job.
         */
        post: operations["unlockRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}/forget": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have a repository forget backups: those named, or those that rules do not keep
         * @description Answers when it is begun, as a job.
         */
        post: operations["forgetBackups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/repositories/{repository}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make shares of backups, with their applications and documents, whoever made them
         * @description Answers when it is begun, as a job. Shares that are there already from the same backup are passed over: asked for again, it goes on. One share that fails does not end the others.
         */
        post: operations["restoreBackups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Backups of shares that you may see, the newest first
         * @description A page may have fewer than asked for, and yet be followed by others.
         */
        get: operations["listBackups"];
        put?: never;
        /**
         * Back shares up now
         * @description Answers when it is begun, with a job for each share. Several shares are snapshotted in one cut. You must be allowed to make snapshots of all of them.
         */
        post: operations["createBackups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One backup, also of a share that is gone */
        get: operations["getBackup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backups/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put a file or directory of a backup into a share, beside what is there
         * @description Answers when it is begun, as a job. You must be allowed to restore what the backup is of, and the share.
         */
        post: operations["restoreBackupFiles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backup-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What goes on with repositories, or ended lately, the oldest first; of shares that you may see */
        get: operations["listBackupJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backup-jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a job is, or what came of it */
        get: operations["getBackupJob"];
        put?: never;
        post?: never;
        /**
         * End a job early
         * @description What restic has stored of a backup speeds up the next one. A restore goes on when asked for again.
         */
        delete: operations["abortBackupJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports/unprotected": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Living shares that you may see, whose newest snapshot or backup is missing or too old; by path */
        get: operations["reportUnprotected"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Stores, by name */
        get: operations["listStores"];
        put?: never;
        /** Make a directory a store */
        post: operations["addStore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stores/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One store, and what its filesystem says now */
        get: operations["getStore"];
        put?: never;
        post?: never;
        /** Forget a store without shares; its directory stays */
        delete: operations["removeStore"];
        options?: never;
        head?: never;
        /** Give a store other classes or another way of taking snapshots, or say whether it is slow to answer */
        patch: operations["updateStore"];
        trace?: never;
    };
    "/v1/applications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Applications, by name */
        get: operations["listApplications"];
        put?: never;
        /** Make an application */
        post: operations["createApplication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One application, retired or not */
        get: operations["getApplication"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change an application */
        patch: operations["updateApplication"];
        trace?: never;
    };
    "/v1/applications/{application}/retire": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let an application have no new shares
         * @description It stays known with all it ever owned. There is no way to remove an application.
         */
        post: operations["retireApplication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/revive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back a retirement */
        post: operations["reviveApplication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/manifests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest version of each document, by name */
        get: operations["listManifests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/manifests/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A version of a document, by default the newest */
        get: operations["getManifest"];
        /** Keep a document; another version, unless the newest is the same */
        put: operations["putManifest"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/manifests/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All versions of a document, the newest first */
        get: operations["listManifestVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the data of an application was at a time */
        get: operations["listApplicationData"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/applications/{application}/workloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who mounted shares of an application, the newest comers first */
        get: operations["listApplicationWorkloads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/shares/{id}/workloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who mounted a share and when, the newest comers first; of a purged one too */
        get: operations["listShareWorkloads"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orphans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Living shares that no workload has mounted or called for so many days */
        get: operations["listOrphans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/owners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which applications a share, tombstone or directory belongs or belonged to, the newest first
         * @description Ask by `share`, by `store` and `directory` in it, or by `hostPath`, an absolute path on the host.
         */
        get: operations["listOwners"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens of workloads, ended ones of the last 90 days too */
        get: operations["listTokens"];
        put?: never;
        /** Make a token for a workload */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token, without its secret */
        get: operations["getToken"];
        put?: never;
        post?: never;
        /** End a token and its grants at once */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        /** Change a living token */
        patch: operations["updateToken"];
        trace?: never;
    };
    "/v1/tokens/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token like this one, which then ends */
        post: operations["rotateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens of administrators, ended ones of the last 90 days too */
        get: operations["listAdmins"];
        put?: never;
        /** Make a token for an administrator */
        post: operations["createAdmin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admins/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token of an administrator, without its secret */
        get: operations["getAdmin"];
        put?: never;
        post?: never;
        /** End a token of an administrator at once */
        delete: operations["revokeAdmin"];
        options?: never;
        head?: never;
        /** Change a living token of an administrator */
        patch: operations["updateAdmin"];
        trace?: never;
    };
    "/v1/admins/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token like this one, which then ends */
        post: operations["rotateAdmin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Networks whose clients need no token */
        get: operations["listHosts"];
        put?: never;
        /** Let the clients of a network in without a token */
        post: operations["createHost"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/hosts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One host rule */
        get: operations["getHost"];
        put?: never;
        post?: never;
        /** Remove a host rule, and end the grants that came of it */
        delete: operations["removeHost"];
        options?: never;
        head?: never;
        /** Change a host rule */
        patch: operations["updateHost"];
        trace?: never;
    };
    "/v1/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules of the policy, built-in ones too */
        get: operations["listRules"];
        /** Put these rules in the place of all that are not built in */
        put: operations["replaceRules"];
        /** Add a rule; it holds for all grants at once */
        post: operations["addRule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rule */
        get: operations["getRule"];
        put?: never;
        post?: never;
        /** Remove a rule; what it alone allowed ends at once */
        delete: operations["removeRule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/policy/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a subject may do something to a path, and which rule decides */
        get: operations["explainPolicy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles, who has them, and what they may do */
        get: operations["listRoles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Living grants, by number */
        get: operations["listGrants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/grants/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One living grant */
        get: operations["getGrant"];
        put?: never;
        post?: never;
        /** End a grant and those that came of it; its client may mount again */
        delete: operations["endGrant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Connected clients, by address */
        get: operations["listClients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Close the connections of a client, which may come again */
        delete: operations["disconnectClient"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The newest lines of the audit, those of the last second excepted
         * @description Older ones are in the files only.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read all files of the audit, and tell where lines are missing or altered */
        get: operations["verifyAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/catalog/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The whole catalog as one JSON document, for `berth catalog import`
         * @description It holds the hashes of all secrets, though no secret.
         */
        get: operations["exportCatalog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/imports/tar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a share of a tar, which is the body
         * @description It may be compressed by gzip or zstd. GNU tar unpacks it as it comes: numeric owners, modes, times, extended attributes user.*, ACLs, hard links, holes. A tar that breaks off, has `..` in a name or is over the limits of the config file makes no share.
         */
        post: operations["importTar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Gateway */
        Gateway: {
            /** Format: uuid */
            id: string;
            /** @description Whether clients are served */
            isReady: boolean;
            /** @description Names or addresses for clients, the best first */
            nfsHosts: string[];
            nfsPort: number;
            /** @description Whether a portmapper tells clients the port */
            portmap: boolean;
        };
        /** Problem */
        Problem: {
            /** @description What kind of problem it is: a URI reference that stays the same */
            type: string;
            /** @description The same for all problems of this type */
            title: string;
            status: number;
            /** @description What happened, to what, and what to do */
            detail: string;
            /** @description The request, as the log and the audit name it */
            instance: string;
            /** @description What of the request is wrong: `body.quotaBytes` */
            field?: string;
        };
        /** Whoami */
        Whoami: {
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            /** Format: uuid */
            token: string;
            expiresAt: string | null;
            /** @description The subject and all it belongs to, the nearest first */
            groups: string[];
            /** @description What you may do outside the namespace, by area, and to its root, by `/` */
            may: {
                [key: string]: string[];
            };
        };
        /** Target */
        Target: {
            id: number;
            gateway: string | null;
            shareId: number | null;
            path: string | null;
            /** @enum {string} */
            state: "online" | "read-only" | "draining" | "offline";
            /** @description Lower is tried first */
            priority: number;
        };
        /**
         * Node
         * @description A folder or link of the namespace
         */
        Node: {
            id: number;
            parentId: number;
            /** @enum {string} */
            kind: "folder" | "link";
            name: string;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            /** @description Where a link leads, the first to be tried first */
            targets: components["schemas"]["Target"][];
            share: number | null;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /**
         * IdentityRule
         * @description Whom callers become: as sent, root squashed, or all squashed
         */
        IdentityRule: {
            /** @enum {string} */
            squash: "none" | "root" | "all";
            uid: number;
            gid: number;
            gids: number[];
        };
        /** Share */
        Share: {
            id: number;
            /** @description Logical path; of a deleted share the last one */
            path: string;
            /**
             * @description config: declared in the configuration file, and changed there only
             * @enum {string}
             */
            origin: "api" | "config";
            store: string | null;
            /** @description Absolute path on the host of the gateway */
            directory: string;
            link: number | null;
            application: {
                id: string;
                name: string;
            } | null;
            owner: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            readOnly: boolean;
            /** @enum {string} */
            durability: "strict" | "relaxed";
            identity: components["schemas"]["IdentityRule"];
            quotaBytes: number | null;
            quotaFiles: number | null;
            callsPerSecond: number | null;
            bytesPerSecond: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds: number;
            /** @description As last written down */
            usedBytes: number;
            usedFiles: number;
            countedAt: string | null;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess: "hidden" | "visible" | "backup";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            deletedAt: string | null;
            deletedBy: string | null;
            purgeAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** Place */
        Place: {
            node: components["schemas"]["Node"];
            share: components["schemas"]["Share"] | null;
            /** @description Names left of the path, within the share */
            below: string[];
            /** @description Whether it is a former path that still answers */
            alias: boolean;
        };
        /**
         * Alias
         * @description A former path that still answers
         */
        Alias: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            node: number;
            /** @description Logical path: `/finance/payroll/db` */
            nodePath: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            expiresAt: string;
        };
        /** NewFolder */
        NewFolder: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
        };
        /**
         * NodeChange
         * @description What is absent stays; labels are replaced as a whole
         */
        NodeChange: {
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
        };
        /** FolderRemoval */
        FolderRemoval: {
            id: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description Paths below it that must go first, the first 100 */
            inTheWay: string[];
        };
        /** Move */
        Move: {
            /** @description Logical path: `/finance/payroll/db` */
            to: string;
            /** @description How long the old path still answers; default: not at all */
            aliasSeconds?: number;
        };
        /**
         * NewTarget
         * @description A share of this gateway, or a gateway and a logical path on it
         */
        NewTarget: {
            shareId?: number;
            /** @description Another gateway: its name or address */
            gateway?: string;
            /** @description Logical path: `/finance/payroll/db` */
            path?: string;
            /** @enum {string} */
            state?: "online" | "read-only" | "draining" | "offline";
            /** @description Lower is tried first */
            priority?: number;
        };
        /** NewLink */
        NewLink: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            targets: components["schemas"]["NewTarget"][];
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
        };
        /** LinkRemoval */
        LinkRemoval: {
            id: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            targets: components["schemas"]["Target"][];
            shareInTheWay: number | null;
        };
        /**
         * TargetChange
         * @description What is absent stays
         */
        TargetChange: {
            /** @enum {string} */
            state?: "online" | "read-only" | "draining" | "offline";
            /** @description Lower is tried first */
            priority?: number;
        };
        /** NewShare */
        NewShare: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description Default: the store called default */
            store?: string;
            /** @description Without a store: the class of one with most free space */
            class?: string;
            application?: string | null;
            owner?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            readOnly?: boolean;
            /** @enum {string} */
            durability?: "strict" | "relaxed";
            identity?: components["schemas"]["IdentityRule"];
            quotaBytes?: number | null;
            quotaFiles?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess?: "hidden" | "visible" | "backup";
            /** @description Default 493, which is 0755 */
            directoryMode?: number;
            directoryUid?: number;
            directoryGid?: number;
        };
        /**
         * ShareChange
         * @description What is absent stays; labels are replaced as a whole; null ends a quota, a limit or an ownership
         */
        ShareChange: {
            application?: string | null;
            owner?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            readOnly?: boolean;
            /** @enum {string} */
            durability?: "strict" | "relaxed";
            identity?: components["schemas"]["IdentityRule"];
            quotaBytes?: number | null;
            quotaFiles?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess?: "hidden" | "visible" | "backup";
        };
        /** ShareDeletion */
        ShareDeletion: {
            id: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description Where its data is */
            directory: string;
            /** @description Where its data would wait */
            tombstone: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            purgeAt: string;
            usedBytes: number;
            usedFiles: number;
            /** @description Links that must go first */
            linksInTheWay: string[];
            /** @description Grants that would end */
            grants: number;
        };
        /** Undeletion */
        Undeletion: {
            /** @description Logical path: `/finance/payroll/db` */
            path?: string;
        };
        /**
         * StoreMove
         * @description The store that it goes to
         */
        StoreMove: {
            store: string;
        };
        /**
         * MovedShare
         * @description What was done. In a dry run, what would be, with files and bytes as counted last
         */
        MovedShare: {
            share: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            from: string;
            to: string;
            files: number;
            /** @description Of data that was copied, twice where it changed meanwhile */
            bytes: number;
            /** @description How often what had changed was copied while clients went on */
            rounds: number;
            /** @description How long changes of clients waited, in milliseconds */
            heldMs: number;
            /** @description In the store that it goes to, before */
            freeBytes: number;
            /** @description Whether file handles that clients have go on to mean the same */
            keepsHandles: boolean;
        };
        /**
         * MoveJob
         * @description A share that is being moved to another store
         */
        MoveJob: {
            /** Format: uuid */
            id: string;
            share: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            from: string;
            to: string;
            /**
             * @description copying and catching-up: clients go on. holding: their changes wait. finishing: they are served from the new store, and what was in the old one is removed
             * @enum {string}
             */
            phase: "waiting" | "copying" | "catching-up" | "holding" | "finishing";
            files: number;
            /** @description Of data that was copied, twice where it changed meanwhile */
            bytes: number;
            /** @description How often what had changed was copied while clients went on */
            rounds: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            createdBy: string;
        };
        /**
         * NewTicket
         * @description Labels: of the pod or container that is to mount it
         */
        NewTicket: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            /** @description Default 60 */
            ttlSeconds?: number;
        };
        /** Ticket */
        Ticket: {
            /** @description To be mounted once, by one address: it holds a secret */
            path: string;
            /** @description HOST:PATH */
            source: string;
            /** @description A command that mounts it */
            mount: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            expiresAt: string;
        };
        /** MountLines */
        MountLines: {
            /** @description HOST:PATH */
            source: string;
            /** @description A command */
            mount: string;
            /** @description A line of /etc/fstab */
            fstab: string;
            /** @description A command */
            dockerRun: string;
            /** @description Of a compose file */
            compose: string;
            /** @description PersistentVolume and PersistentVolumeClaim */
            kubernetes: string;
        };
        /** Hold */
        Hold: {
            /**
             * Format: date-time
             * @description RFC 3339
             */
            since: string;
            by: string;
            reason: string;
        };
        /**
         * Snapshot
         * @description A read-only copy of a share as of one instant
         */
        Snapshot: {
            id: number;
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name: string;
            share: {
                id: number;
                /** @description As it is now */
                path: string;
            };
            /** @description Of the share, when it was cut */
            path: string;
            application: {
                id: string;
                name: string;
            } | null;
            /** @enum {string} */
            state: "making" | "ready" | "removing";
            cutAt: string | null;
            /** @enum {string} */
            driver: "btrfs" | "reflink" | "cephfs" | "copy";
            store: string | null;
            /** @description Objects of all kinds */
            files: number;
            /** @description Sizes of its regular files together */
            bytes: number;
            group: string | null;
            schedule: string | null;
            /** @description Why it is made */
            reason: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            hold: components["schemas"]["Hold"] | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /**
         * CommandHook
         * @description A program that hooks.commands of the configuration file has
         */
        CommandHook: {
            /** @enum {string} */
            kind: "command";
            argv: string[];
            timeoutSeconds: number;
            /**
             * @description abort: there is no snapshot; warn: the result says so
             * @enum {string}
             */
            onFailure: "abort" | "warn";
        };
        /**
         * HttpHook
         * @description A POST to a URL that hooks.urls of the configuration file has
         */
        HttpHook: {
            /** @enum {string} */
            kind: "http";
            url: string;
            timeoutSeconds: number;
            /**
             * @description abort: there is no snapshot; warn: the result says so
             * @enum {string}
             */
            onFailure: "abort" | "warn";
        };
        /**
         * Hooks
         * @description Run right before and right after the cut
         */
        Hooks: {
            pre?: (components["schemas"]["CommandHook"] | components["schemas"]["HttpHook"])[];
            post?: (components["schemas"]["CommandHook"] | components["schemas"]["HttpHook"])[];
        };
        /**
         * NewSnapshot
         * @description Without a name it is called by the time, as in 2026-11-21T05.10.00Z
         */
        NewSnapshot: {
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            /** @description Why it is made */
            reason?: string;
            hooks?: components["schemas"]["Hooks"];
        };
        /** MadeSnapshot */
        MadeSnapshot: {
            id: number;
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name: string;
            share: {
                id: number;
                /** @description As it is now */
                path: string;
            };
            /** @description Of the share, when it was cut */
            path: string;
            application: {
                id: string;
                name: string;
            } | null;
            /** @enum {string} */
            state: "making" | "ready" | "removing";
            cutAt: string | null;
            /** @enum {string} */
            driver: "btrfs" | "reflink" | "cephfs" | "copy";
            store: string | null;
            /** @description Objects of all kinds */
            files: number;
            /** @description Sizes of its regular files together */
            bytes: number;
            group: string | null;
            schedule: string | null;
            /** @description Why it is made */
            reason: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            hold: components["schemas"]["Hold"] | null;
            /** @description Grows with each change; the ETag */
            version: number;
            /** @description What hooks that only warn have failed with */
            warnings: string[];
        };
        /**
         * SnapshotChange
         * @description What is absent stays; labels are replaced as a whole
         */
        SnapshotChange: {
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
        };
        /** SnapshotDeletion */
        SnapshotDeletion: {
            id: number;
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name: string;
            share: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            files: number;
            bytes: number;
            /** @description The share has no other complete one: `last=true` is needed */
            isLast: boolean;
            refusal: string | null;
        };
        /** SnapshotUsage */
        SnapshotUsage: {
            id: number;
            /** @description Sizes of its regular files together */
            bytes: number;
            ownBytes: number | null;
        };
        /** SnapshotManifest */
        SnapshotManifest: {
            /** @enum {number} */
            version: 1;
            snapshot: {
                id: number;
                name: string;
                cutAt: string;
                /** @enum {unknown} */
                driver: "btrfs" | "reflink" | "cephfs" | "copy";
                createdBy: string;
                createdAt: string;
                reason: string;
                description: string;
                labels: {
                    [key: string]: string;
                };
                files: number;
                bytes: number;
                groupId: string | null;
                scheduleId: string | null;
                hold: {
                    at: string;
                    by: string;
                    reason: string;
                } | null;
            };
            share: {
                number: number;
                path: string;
                owner: string;
                description: string;
                labels: {
                    [key: string]: string;
                };
                readOnly: boolean;
                identity: {
                    /** @enum {unknown} */
                    squash: "none" | "root" | "all";
                    uid: number;
                    gid: number;
                    gids: number[];
                };
                quotaBytes: number | null;
                quotaFiles: number | null;
                callsPerSecond?: number | null;
                bytesPerSecond?: number | null;
                burstSeconds?: number;
                /** @enum {unknown} */
                durability: "strict" | "relaxed";
                /** @enum {unknown} */
                audit: "off" | "changes" | "opens";
                /** @enum {unknown} */
                snapshotAccess: "hidden" | "visible" | "backup";
                store: string | null;
            };
            application: {
                id: string;
                name: string;
                owner: string;
                description: string;
                labels: {
                    [key: string]: string;
                };
                links: {
                    title: string;
                    url: string;
                }[];
                manifests: {
                    name: string;
                    version: number;
                    contentType: string;
                    content: string | null;
                }[];
            } | null;
            gateway: {
                id: string;
            };
        };
        /** SnapshotRename */
        SnapshotRename: {
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name: string;
        };
        /** NewHold */
        NewHold: {
            /** @description Why it must stay */
            reason?: string;
        };
        /**
         * SnapshotCost
         * @description What a snapshot would take now
         */
        SnapshotCost: {
            share: number;
            /** @enum {string} */
            driver: "btrfs" | "reflink" | "cephfs" | "copy";
            /** @description Objects to be made one by one; 0: the filesystem takes all at once */
            files: number;
            /** @description To be copied: what the files take up on the disk */
            bytes: number;
            /** @description Of these, what an interrupted snapshot has copied already */
            leftoverBytes: number;
            /** @description Free in the filesystem of the snapshots */
            freeBytes: number;
            /** @description Free when it is made; below 0: there is no room */
            freeAfterBytes: number;
            /** @description To stay free */
            spareBytes: number;
            /** @description More than 0: it would be refused */
            missingBytes: number;
            /** @description Inodes; more than 0: it would be refused */
            missingFiles: number;
        };
        /**
         * NewSnapshotGroup
         * @description Either shares, or an application: all of its shares
         */
        NewSnapshotGroup: {
            shares?: number[];
            /** @description Name or id */
            application?: string;
            /** @description Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share */
            name?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            /** @description Why it is made */
            reason?: string;
            hooks?: components["schemas"]["Hooks"];
        };
        /**
         * SnapshotGroup
         * @description Snapshots of several shares as of the same instant
         */
        SnapshotGroup: {
            /** Format: uuid */
            group: string;
            items: components["schemas"]["Snapshot"][];
            /** @description What hooks that only warn have failed with */
            warnings: string[];
        };
        /**
         * SnapshotJob
         * @description Snapshots that are being made, in one cut
         */
        SnapshotJob: {
            /** Format: uuid */
            id: string;
            name: string | null;
            shares: number[];
            paths: string[];
            /**
             * @description holding: changes by clients wait. paused: interrupted by the end of a gateway; the next snapshot of the share goes on with what was copied
             * @enum {string}
             */
            phase: "paused" | "waiting" | "preparing" | "holding" | "finishing";
            /** @description Done so far, of an unknown whole */
            files: number;
            bytes: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            createdBy: string;
        };
        /**
         * Restore
         * @description Without a path, all of the share; without `to`, to where it was
         */
        Restore: {
            /** @description Relative to the root of the share: `etc/app.conf` */
            path?: string;
            /** @description Relative to the root of the share: `etc/app.conf` */
            to?: string;
            /**
             * @description Where something is already. fail: nothing is done. replace: it becomes equal to the snapshot, and what is not in it goes. merge: what is not in it stays. beside: what is restored gets a name of its own. Default fail; of the whole share, replace
             * @enum {string}
             */
            onConflict?: "fail" | "replace" | "merge" | "beside";
            /** @description Take a snapshot first. Default: if the whole share is restored in place */
            safetySnapshot?: boolean;
        };
        /** RestoreCounts */
        RestoreCounts: {
            /** @description Objects of the snapshot that were looked at */
            examined: number;
            /** @description Of content that was written */
            bytes: number;
            added: number;
            replaced: number;
            /** @description Only owner, mode or times */
            changed: number;
            removed: number;
            /** @description Left as it is: a filesystem is mounted there, or a client was faster */
            skipped: number;
        };
        /**
         * RestoredPaths
         * @description The first 1000 of each
         */
        RestoredPaths: {
            added: string[];
            replaced: string[];
            changed: string[];
            removed: string[];
            skipped: string[];
        };
        /**
         * Restored
         * @description What was done or, in a dry run, would be
         */
        Restored: {
            /** @description Where to, relative to the root of the share; empty: the root */
            to: string;
            counts: components["schemas"]["RestoreCounts"];
            paths: components["schemas"]["RestoredPaths"];
            safetySnapshot: components["schemas"]["Snapshot"] | null;
        };
        /**
         * NewClone
         * @description What is absent is as it was when the snapshot was cut; a clone is writable
         */
        NewClone: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description Default: the store called default */
            store?: string;
            /** @description Without a store: the class of one with most free space */
            class?: string;
            application?: string | null;
            owner?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            readOnly?: boolean;
            /** @enum {string} */
            durability?: "strict" | "relaxed";
            identity?: components["schemas"]["IdentityRule"];
            quotaBytes?: number | null;
            quotaFiles?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess?: "hidden" | "visible" | "backup";
        };
        /** ClonePlan */
        ClonePlan: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            store: string;
            warnings: string[];
        };
        /** Clone */
        Clone: {
            id: number;
            /** @description Logical path; of a deleted share the last one */
            path: string;
            /**
             * @description config: declared in the configuration file, and changed there only
             * @enum {string}
             */
            origin: "api" | "config";
            store: string | null;
            /** @description Absolute path on the host of the gateway */
            directory: string;
            link: number | null;
            application: {
                id: string;
                name: string;
            } | null;
            owner: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            readOnly: boolean;
            /** @enum {string} */
            durability: "strict" | "relaxed";
            identity: components["schemas"]["IdentityRule"];
            quotaBytes: number | null;
            quotaFiles: number | null;
            callsPerSecond: number | null;
            bytesPerSecond: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds: number;
            /** @description As last written down */
            usedBytes: number;
            usedFiles: number;
            countedAt: string | null;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess: "hidden" | "visible" | "backup";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            deletedAt: string | null;
            deletedBy: string | null;
            purgeAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
            /** @description What could not be as it was */
            warnings: string[];
        };
        /**
         * RestoreJob
         * @description A restore or clone that goes on
         */
        RestoreJob: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "restore" | "clone";
            snapshot: number;
            share: number;
            /** @description Of the share that the snapshot is of */
            path: string;
            /** @description Of a restore, within the share; of a clone, its logical path */
            to: string;
            /**
             * @description saving: the safety snapshot is taken
             * @enum {string}
             */
            phase: "waiting" | "saving" | "restoring";
            counts: components["schemas"]["RestoreCounts"];
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            createdBy: string;
        };
        /** DirectoryImport */
        DirectoryImport: {
            /** @description Absolute path on the host of the gateway, within imports.directories of its config file */
            directory: string;
            /**
             * @description adopt: it becomes the share, by a rename, at once; it lies on the filesystem of the store. copy: it stays
             * @enum {string}
             */
            mode: "adopt" | "copy";
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** @description Default: the store called default */
            store?: string;
            /** @description Without a store: the class of one with most free space */
            class?: string;
            application?: string | null;
            owner?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            readOnly?: boolean;
            /** @enum {string} */
            durability?: "strict" | "relaxed";
            identity?: components["schemas"]["IdentityRule"];
            quotaBytes?: number | null;
            quotaFiles?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess?: "hidden" | "visible" | "backup";
        };
        /** ImportPlan */
        ImportPlan: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            store: string;
            /** @description Its real path */
            from: string;
            /**
             * @description rename and btrfs take no time, reflink no space
             * @enum {string}
             */
            way: "rename" | "btrfs" | "reflink" | "copy";
            /** @description What is not as it was */
            warnings: string[];
        };
        /**
         * Imported
         * @description The share that was made
         */
        Imported: {
            id: number;
            /** @description Logical path; of a deleted share the last one */
            path: string;
            /**
             * @description config: declared in the configuration file, and changed there only
             * @enum {string}
             */
            origin: "api" | "config";
            store: string | null;
            /** @description Absolute path on the host of the gateway */
            directory: string;
            link: number | null;
            application: {
                id: string;
                name: string;
            } | null;
            owner: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            readOnly: boolean;
            /** @enum {string} */
            durability: "strict" | "relaxed";
            identity: components["schemas"]["IdentityRule"];
            quotaBytes: number | null;
            quotaFiles: number | null;
            callsPerSecond: number | null;
            bytesPerSecond: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds: number;
            /** @description As last written down */
            usedBytes: number;
            usedFiles: number;
            countedAt: string | null;
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit: "off" | "changes" | "opens";
            /**
             * @description Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups
             * @enum {string}
             */
            snapshotAccess: "hidden" | "visible" | "backup";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            deletedAt: string | null;
            deletedBy: string | null;
            purgeAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
            files: number | null;
            bytes: number | null;
            /** @description What is not as it was */
            warnings: string[];
        };
        /** DockerImport */
        DockerImport: {
            /** @description Names; default: all local volumes that somebody has named */
            volumes?: string[];
            /** @description Logical path, with {volume} in it; default /docker/{volume} */
            pathTemplate?: string;
            /** @description Logical path, with {project} and {volume} in it; default /{project}/{volume} */
            composePathTemplate?: string;
            /** @description Copy what running containers use: the copy may be torn */
            allowRunning?: boolean;
            /** @description Also volumes that nobody has named */
            anonymous?: boolean;
            /** @description Default: the store called default */
            store?: string;
            /** @description Without a store: the class of one with most free space */
            class?: string;
        };
        /** ImportedVolume */
        ImportedVolume: {
            volume: string;
            path: string;
            application: string | null;
            /**
             * @description there: it was imported before. skipped: it is none to be imported. refused: not as things are. failed: it was tried
             * @enum {string}
             */
            outcome: "planned" | "imported" | "there" | "skipped" | "refused" | "failed";
            reason?: string;
            share: number | null;
            files: number | null;
            bytes: number | null;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            /** @description Labels that a share cannot have */
            labelsLeftOut: string[];
            /** @description Names of running containers */
            usedBy: string[];
        };
        /**
         * DockerImported
         * @description What has become of each volume or, in a dry run, would
         */
        DockerImported: {
            volumes: components["schemas"]["ImportedVolume"][];
        };
        /**
         * ImportJob
         * @description An import that goes on
         */
        ImportJob: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "adopt" | "copy" | "docker" | "tar";
            /** @description Path on the host; of docker, the volume that is copied now */
            from: string;
            /** @description Logical path of the share that is made */
            path: string;
            /** @enum {string} */
            phase: "waiting" | "copying" | "unpacking" | "placing";
            /** @description So far */
            files: number;
            /** @description So far */
            bytes: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            createdBy: string;
        };
        /**
         * ScheduleSelector
         * @description Which shares: all that fit all of these. A path is a share, or a folder with all below it
         */
        ScheduleSelector: {
            /** @description Logical path: `/finance/payroll/db` */
            path?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            /** @description Name or id */
            application?: string;
        };
        /**
         * Retention
         * @description How many snapshots, or backups, each rule keeps: the last, or the newest of each period
         */
        Retention: {
            last?: number;
            hourly?: number;
            daily?: number;
            weekly?: number;
            monthly?: number;
            yearly?: number;
        };
        /** ScheduleResult */
        ScheduleResult: {
            /** @enum {string} */
            state: "running" | "done" | "partly" | "failed";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            endedAt: string | null;
            /** @description Snapshots */
            made: number;
            /** @description Shares of which none could be made */
            failed: number;
            /** @description Snapshots that retention did not keep */
            removed: number;
            messages: string[];
        };
        /** Schedule */
        Schedule: {
            /** Format: uuid */
            id: string;
            /** @description Letters, digits, ., _ and - */
            name: string;
            description: string;
            selector: components["schemas"]["ScheduleSelector"];
            /** @description As in crontab: `30 2 * * *`; or @hourly, @daily, @weekly, @monthly, @yearly */
            cron: string;
            /** @description IANA: `Europe/Berlin` */
            timeZone: string;
            /** @description All its shares in one cut */
            group: boolean;
            /** @description How its snapshots are called, of {schedule}, {time} (UTC) and {date} (in its time zone) */
            nameTemplate: string;
            retention: components["schemas"]["Retention"] | null;
            repository: string | null;
            backupRetention: components["schemas"]["Retention"] | null;
            hooks: components["schemas"]["Hooks"];
            enabled: boolean;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            lastRunAt: string | null;
            nextRunAt: string | null;
            lastResult: components["schemas"]["ScheduleResult"] | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewSchedule */
        NewSchedule: {
            /** @description Letters, digits, ., _ and - */
            name: string;
            selector: components["schemas"]["ScheduleSelector"];
            /** @description As in crontab: `30 2 * * *`; or @hourly, @daily, @weekly, @monthly, @yearly */
            cron: string;
            description?: string;
            /** @description IANA: `Europe/Berlin` */
            timeZone?: string;
            /** @description All its shares in one cut */
            group?: boolean;
            /** @description How its snapshots are called, of {schedule}, {time} (UTC) and {date} (in its time zone) */
            nameTemplate?: string;
            retention?: components["schemas"]["Retention"] | null;
            repository?: string | null;
            backupRetention?: components["schemas"]["Retention"] | null;
            hooks?: components["schemas"]["Hooks"];
            enabled?: boolean;
        };
        /**
         * ScheduleChange
         * @description What is absent stays; selector, both retentions and hooks are replaced as a whole
         */
        ScheduleChange: {
            /** @description Letters, digits, ., _ and - */
            name?: string;
            selector?: components["schemas"]["ScheduleSelector"];
            /** @description As in crontab: `30 2 * * *`; or @hourly, @daily, @weekly, @monthly, @yearly */
            cron?: string;
            description?: string;
            /** @description IANA: `Europe/Berlin` */
            timeZone?: string;
            /** @description All its shares in one cut */
            group?: boolean;
            /** @description How its snapshots are called, of {schedule}, {time} (UTC) and {date} (in its time zone) */
            nameTemplate?: string;
            retention?: components["schemas"]["Retention"] | null;
            repository?: string | null;
            backupRetention?: components["schemas"]["Retention"] | null;
            hooks?: components["schemas"]["Hooks"];
            enabled?: boolean;
        };
        /** DatedSnapshot */
        DatedSnapshot: {
            id: number;
            name: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            cutAt: string;
        };
        /** SchedulePreviewShare */
        SchedulePreviewShare: {
            id: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            keep: {
                id: number;
                name: string;
                /**
                 * Format: date-time
                 * @description RFC 3339
                 */
                cutAt: string;
                /** @description `held`, `last`, `daily 2026-11-21` … */
                reasons: string[];
            }[];
            /** @description What retention would remove now */
            remove: components["schemas"]["DatedSnapshot"][];
        };
        /** SchedulePreview */
        SchedulePreview: {
            /** @description When it would run next */
            runs: string[];
            /** @description Shares that it is for now */
            shareCount: number;
            /** @description The first of them that you may see */
            shares: components["schemas"]["SchedulePreviewShare"][];
            removeCount: number;
        };
        /** SecretFile */
        SecretFile: {
            file: string;
        };
        /** SecretVariable */
        SecretVariable: {
            env: string;
        };
        /**
         * RepositorySecrets
         * @description Where secrets are found each time they are needed
         */
        RepositorySecrets: {
            /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
            password: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
            /** @description What restic gets besides */
            environment?: {
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                AWS_ACCESS_KEY_ID?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                AWS_SECRET_ACCESS_KEY?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                AWS_SESSION_TOKEN?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                AWS_DEFAULT_REGION?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                RESTIC_REST_USERNAME?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
                /** @description A file of the directory of secrets (`backups.secrets` of the configuration file), or a variable of the gateway whose name begins with RESTIC_ or AWS_. The secret itself is never kept or told */
                RESTIC_REST_PASSWORD?: components["schemas"]["SecretFile"] | components["schemas"]["SecretVariable"];
            };
        };
        /**
         * Repository
         * @description Where restic keeps backups
         */
        Repository: {
            /** Format: uuid */
            id: string;
            /** @description Letters, digits, ., _ and - */
            name: string;
            /** @description As `restic -r` has it, without credentials: `/srv/restic`, `sftp:user@host:/path`, `rest:https://host/`, `s3:https://host/bucket` */
            url: string;
            secrets: components["schemas"]["RepositorySecrets"];
            description: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            checkedAt: string | null;
            checkResult: string | null;
            prunedAt: string | null;
            scannedAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewRepository */
        NewRepository: {
            /** @description Letters, digits, ., _ and - */
            name: string;
            /** @description As `restic -r` has it, without credentials: `/srv/restic`, `sftp:user@host:/path`, `rest:https://host/`, `s3:https://host/bucket` */
            url: string;
            secrets: components["schemas"]["RepositorySecrets"];
            description?: string;
            /** @description Make one where there is none (default); false: it must be there */
            initialize?: boolean;
        };
        /**
         * RepositoryChange
         * @description What is absent stays; secrets are replaced as a whole
         */
        RepositoryChange: {
            /** @description Letters, digits, ., _ and - */
            name?: string;
            /** @description As `restic -r` has it, without credentials: `/srv/restic`, `sftp:user@host:/path`, `rest:https://host/`, `s3:https://host/bucket` */
            url?: string;
            secrets?: components["schemas"]["RepositorySecrets"];
            description?: string;
        };
        /** Check */
        Check: {
            /** @description Read all that is stored, which takes its time; default: what leads to it */
            readData?: boolean;
        };
        /** ScanReport */
        ScanReport: {
            /** @description Backups that the repository holds */
            found: number;
            /** @description Of these, what the catalogue did not know */
            added: number;
            /** @description What the repository has no more */
            forgotten: number;
            /** @description What has tags that nobody understands */
            passedOver: number;
        };
        /** ForgetReport */
        ForgetReport: {
            kept: number;
            forgotten: number;
        };
        /** RecoveredShare */
        RecoveredShare: {
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /** Format: uuid */
            backup: string;
            /** @enum {string} */
            state: "restored" | "present" | "failed";
            share: number | null;
            /** @description Why it failed */
            message: string;
            /** @description What could not be as it was */
            warnings: string[];
        };
        /** RecoveryReport */
        RecoveryReport: {
            shares: components["schemas"]["RecoveredShare"][];
            /** @description Names of those that were made */
            applications: string[];
        };
        /** RestoreReport */
        RestoreReport: {
            /** @description Where to, relative to the root of the share; empty: the root */
            to: string;
            counts: components["schemas"]["RestoreCounts"];
            paths: components["schemas"]["RestoredPaths"];
        };
        /**
         * BackupJob
         * @description What goes on with a repository, or did so lately
         */
        BackupJob: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "backup" | "check" | "prune" | "forget" | "scan" | "restore" | "unlock";
            repository: {
                /** Format: uuid */
                id: string;
                name: string;
            };
            createdBy: string;
            /** @description What came of it, or why it failed */
            message: string;
            path: string | null;
            share: number | null;
            backup: string | null;
            /** @enum {string} */
            state: "waiting" | "running" | "done" | "failed";
            /** @description What is done now; empty: nothing */
            phase: string;
            files: {
                done: number;
                total: number | null;
            };
            bytes: {
                done: number;
                total: number | null;
            };
            report: (components["schemas"]["ScanReport"] | components["schemas"]["ForgetReport"] | components["schemas"]["RecoveryReport"] | components["schemas"]["RestoreReport"]) | null;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            startedAt: string | null;
            endedAt: string | null;
        };
        /**
         * Forget
         * @description Either backups, or a retention for each share by itself: of all, or of what the rest selects
         */
        Forget: {
            backups?: string[];
            retention?: components["schemas"]["Retention"];
            /** @description In which days begin; default: UTC */
            timeZone?: string;
            shares?: number[];
            /** @description Name or id */
            application?: string;
            /** @description Logical path: `/finance/payroll/db` */
            below?: string;
            /** @description And free the room afterwards; default: no */
            prune?: boolean;
        };
        /** BackupFiles */
        BackupFiles: {
            new: number;
            changed: number;
            unmodified: number;
            total: number;
        };
        /** BackupBytes */
        BackupBytes: {
            /** @description By which the repository has grown */
            added: number;
            total: number;
        };
        /**
         * ResticSnapshots
         * @description What restic calls them
         */
        ResticSnapshots: {
            data: string | null;
            manifest: string | null;
            tags: string[];
        };
        /**
         * Backup
         * @description What restic holds of a share as of one snapshot of it
         */
        Backup: {
            /** Format: uuid */
            id: string;
            repository: {
                /** Format: uuid */
                id: string;
                name: string;
            };
            createdBy: string;
            /** @description Why it failed; empty: it did not */
            message: string;
            /** @description Which gateway made it: numbers of shares are its own */
            gateway: string;
            share: number;
            /** @description Logical path of the share at the cut */
            path: string;
            application: {
                id: string | null;
                name: string;
            } | null;
            snapshot: {
                id: number | null;
                name: string;
            };
            /**
             * Format: date-time
             * @description RFC 3339
             */
            cutAt: string;
            schedule: string | null;
            /** @enum {string} */
            state: "running" | "done" | "failed";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            startedAt: string;
            endedAt: string | null;
            files: components["schemas"]["BackupFiles"];
            bytes: components["schemas"]["BackupBytes"];
            restic: components["schemas"]["ResticSnapshots"];
            forgottenAt: string | null;
        };
        /** ForgetPlan */
        ForgetPlan: {
            keepCount: number;
            forgetCount: number;
            /** @description The first 1000 */
            keep: {
                backup: components["schemas"]["Backup"];
                /** @description `last`, `daily 2026-11-21` … */
                reasons: string[];
            }[];
            /** @description The first 1000 */
            forget: components["schemas"]["Backup"][];
        };
        /**
         * Recovery
         * @description One of all, application, path (of a share, or a folder with all below it), and backups
         */
        Recovery: {
            /** @description All shares of which it holds a backup */
            all?: boolean;
            /** @description Name or id */
            application?: string;
            /** @description Logical path: `/finance/payroll/db` */
            path?: string;
            backups?: string[];
            /**
             * Format: date-time
             * @description As of then: the newest backup from before; default: the newest
             */
            at?: string;
            /** @description Where to; default: the one that it was in */
            store?: string;
            /** @description Put before the logical paths: `/restored` */
            pathPrefix?: string;
        };
        /** PlannedShare */
        PlannedShare: {
            backup: components["schemas"]["Backup"];
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            /**
             * @description present: it was restored from this backup already
             * @enum {string}
             */
            state: "new" | "present" | "conflict";
            /** @description What is in the way */
            message: string;
        };
        /** RecoveryPlan */
        RecoveryPlan: {
            shares: components["schemas"]["PlannedShare"][];
            /** @description Names of those that would be made */
            applications: string[];
        };
        /**
         * NewBackups
         * @description One of shares, application, below or snapshot: a new snapshot is taken unless one is named
         */
        NewBackups: {
            /** @description Name or id */
            repository: string;
            shares?: number[];
            /** @description All its shares, in one cut. Name or id */
            application?: string;
            /** @description Logical path: `/finance/payroll/db` */
            below?: string;
            snapshot?: number;
        };
        /**
         * FilesRestore
         * @description Where something is already, it gets another name beside that
         */
        FilesRestore: {
            /** @description Of a file or directory, relative to the root of the share: `etc/app.conf` */
            path: string;
            /** @description Where to in the share; default: where it was */
            to?: string;
            /** @description Into which share; default: the one it is of */
            share?: number;
        };
        /**
         * UnprotectedShare
         * @description A share that would lose more than it may
         */
        UnprotectedShare: {
            share: number;
            /** @description Logical path: `/finance/payroll/db` */
            path: string;
            owner: string;
            lacks: ("snapshot" | "backup")[];
            newestSnapshotAt: string | null;
            newestBackupAt: string | null;
            snapshotWithinSeconds: number | null;
            backupWithinSeconds: number | null;
            /**
             * Format: date-time
             * @description When the first of them became too old, or the share was made
             */
            since: string;
            /** @description What to do about it */
            advice: string;
        };
        /** StoreSpace */
        StoreSpace: {
            /** @description ext4, xfs, btrfs, … */
            filesystem: string;
            sizeBytes: number;
            freeBytes: number;
            freeFiles: number;
        };
        /**
         * Store
         * @description A directory on one filesystem that holds shares
         */
        Store: {
            name: string;
            directory: string;
            /** @description Labels by which a share may ask for a store */
            classes: string[];
            /**
             * @description How snapshots are taken; auto: the best way that works there
             * @enum {string}
             */
            driver: "auto" | "btrfs" | "reflink" | "cephfs" | "copy";
            /**
             * @description What auto comes to, or the one that is set
             * @enum {string}
             */
            driverInUse?: "btrfs" | "reflink" | "cephfs" | "copy";
            remote: boolean | null;
            /** @description What null comes to, or what is set */
            isRemote: boolean;
            /** @description Its filesystem is mounted, and it is the store it is taken for */
            isAvailable: boolean;
            /** @description Why it is not available */
            problem?: string;
            space?: components["schemas"]["StoreSpace"];
            /** @description Living and deleted shares in it */
            shareCount: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewStore */
        NewStore: {
            name: string;
            /** @description Absolute path of a directory that is there, and empty */
            directory: string;
            /** @description Labels by which a share may ask for a store */
            classes?: string[];
            /**
             * @description How snapshots are taken; auto: the best way that works there
             * @enum {string}
             */
            driver?: "auto" | "btrfs" | "reflink" | "cephfs" | "copy";
            remote?: boolean | null;
        };
        /**
         * StoreChange
         * @description What is absent stays; classes are replaced as a whole
         */
        StoreChange: {
            /** @description Labels by which a share may ask for a store */
            classes?: string[];
            /**
             * @description How snapshots are taken; auto: the best way that works there
             * @enum {string}
             */
            driver?: "auto" | "btrfs" | "reflink" | "cephfs" | "copy";
            remote?: boolean | null;
        };
        /** Application */
        Application: {
            /** Format: uuid */
            id: string;
            /** @description A DNS label; never changes */
            name: string;
            /** @description Who answers for the data: a person, a team */
            owner: string;
            description: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            links: {
                title: string;
                url: string;
            }[];
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            changedAt: string;
            retiredAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewApplication */
        NewApplication: {
            /** @description A DNS label; never changes */
            name: string;
            /** @description Who answers for the data: a person, a team */
            owner: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            links?: {
                title: string;
                url: string;
            }[];
        };
        /**
         * ApplicationChange
         * @description What is absent stays
         */
        ApplicationChange: {
            /** @description Who answers for the data: a person, a team */
            owner?: string;
            description?: string;
            /** @description As Kubernetes has them */
            labels?: {
                [key: string]: string;
            };
            links?: {
                title: string;
                url: string;
            }[];
        };
        /**
         * ManifestEntry
         * @description A version without its content
         */
        ManifestEntry: {
            /** Format: uuid */
            applicationId: string;
            /** @description As of a file: deployment.yaml */
            name: string;
            /** @description Grows with each change; the ETag */
            version: number;
            /** @enum {string} */
            contentType: "application/json" | "application/yaml";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
        };
        /**
         * NewManifest
         * @description Without a contentType: JSON if it can be read as such, else YAML
         */
        NewManifest: {
            /** @description JSON or YAML, kept to the letter */
            content: string;
            /** @enum {string} */
            contentType?: "application/json" | "application/yaml";
        };
        /** Manifest */
        Manifest: {
            /** Format: uuid */
            applicationId: string;
            /** @description As of a file: deployment.yaml */
            name: string;
            /** @description Grows with each change; the ETag */
            version: number;
            /** @enum {string} */
            contentType: "application/json" | "application/yaml";
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /** @description JSON or YAML, kept to the letter */
            content: string;
        };
        /**
         * Ownership
         * @description Which application had a share, where and when
         */
        Ownership: {
            share: number;
            application: {
                id: string;
                name: string;
            } | null;
            path: string;
            store: string | null;
            /** @description In the store; absolute without one */
            directory: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            from: string;
            to: string | null;
            deletedAt: string | null;
            purgedAt: string | null;
        };
        /**
         * Workload
         * @description Who mounted a share, first and last
         */
        Workload: {
            share: number;
            applicationId: string | null;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            address: string;
            /** @description The name the client gave itself: a hint */
            host: string;
            /** @description As Kubernetes has them */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @description RFC 3339
             */
            firstAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            lastAt: string;
            mounts: number;
        };
        /**
         * Orphan
         * @description A living share without workload
         */
        Orphan: {
            share: number;
            path: string;
            store: string | null;
            directory: string;
            applicationId: string | null;
            owner: string;
            usedBytes: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            lastAt: string | null;
        };
        /** Owners */
        Owners: {
            items: components["schemas"]["Ownership"][];
        };
        /** Token */
        Token: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            kind: "workload" | "admin";
            /** @description For people: what it was made for */
            name: string;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            scope: string | null;
            /** @description Addresses and networks it may be used from; none: any */
            networks: string[];
            identity: components["schemas"]["IdentityRule"] | null;
            mountsPerMinute: number | null;
            callsPerSecond: number | null;
            bytesPerSecond: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            expiresAt: string | null;
            revokedAt: string | null;
            replacedBy: string | null;
            lastUsedAt: string | null;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewToken */
        NewToken: {
            /** @description For people: what it was made for */
            name: string;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            scope?: string | null;
            /** @description Addresses and networks it may be used from; none: any */
            networks?: string[];
            identity?: components["schemas"]["IdentityRule"] | null;
            mountsPerMinute?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            expiresAt?: string | null;
        };
        /** TokenWithText */
        TokenWithText: {
            token: components["schemas"]["Token"];
            /** @description The secret. It is shown here and never again */
            text: string;
        };
        /**
         * TokenChange
         * @description What is absent stays
         */
        TokenChange: {
            /** @description For people: what it was made for */
            name?: string;
            scope?: string | null;
            /** @description Addresses and networks it may be used from; none: any */
            networks?: string[];
            mountsPerMinute?: number | null;
            callsPerSecond?: number | null;
            bytesPerSecond?: number | null;
            /** @description What the limit allows in this time may come at once; default 1 */
            burstSeconds?: number;
            expiresAt?: string | null;
        };
        /** TokenEnding */
        TokenEnding: {
            token: components["schemas"]["Token"];
            /** @description Grants that would end with it */
            grants: number;
        };
        /** Rotation */
        Rotation: {
            /** @description How long the old one goes on; 0: it ends at once */
            overlapSeconds: number;
            expiresAt?: string | null;
        };
        /** NewAdmin */
        NewAdmin: {
            /** @description Its subject is admin:NAME */
            name: string;
            /** @description role:viewer sees all, role:operator manages all but administrators and rules, role:owner may all */
            roles?: string[];
            networks?: string[];
            expiresAt?: string | null;
        };
        /**
         * AdminChange
         * @description What is absent stays
         */
        AdminChange: {
            networks?: string[];
            expiresAt?: string | null;
        };
        /**
         * Host
         * @description A network whose clients need no token
         */
        Host: {
            id: string;
            /** @description An address, or a network such as 10.0.0.0/8 */
            network: string;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            scope: string | null;
            identity: components["schemas"]["IdentityRule"] | null;
            description: string;
            /** @description Given by the configuration file: not to be changed here */
            builtIn: boolean;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /** NewHost */
        NewHost: {
            /** @description An address, or a network such as 10.0.0.0/8 */
            network: string;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            scope?: string | null;
            identity?: components["schemas"]["IdentityRule"] | null;
            description?: string;
        };
        /**
         * HostChange
         * @description What is absent stays
         */
        HostChange: {
            /** @description An address, or a network such as 10.0.0.0/8 */
            network?: string;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject?: string;
            scope?: string | null;
            identity?: components["schemas"]["IdentityRule"] | null;
            description?: string;
        };
        /** Rule */
        Rule: {
            id: string;
            /**
             * @description p: who may do what; g: who has which role
             * @enum {string}
             */
            kind: "p" | "g";
            /** @description A subject, a role, or * for all */
            subject: string;
            /** @description p: a path pattern such as /finance/**; g: the role */
            object: string;
            /** @enum {string} */
            action?: "list" | "read" | "write" | "snapshot" | "restore" | "backup" | "manage" | "administer" | "*";
            /** @enum {string} */
            effect?: "allow" | "deny";
            description: string;
            /** @description Of the program or the configuration file: not to be removed */
            builtIn: boolean;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            createdBy: string;
            /** @description Grows with each change; the ETag */
            version: number;
        };
        /**
         * NewRule
         * @description A rule of kind p has an action and an effect, one of kind g neither
         */
        NewRule: {
            /**
             * @description p: who may do what; g: who has which role
             * @enum {string}
             */
            kind: "p" | "g";
            /** @description A subject, a role, or * for all */
            subject: string;
            /** @description p: a path pattern such as /finance/**; g: the role */
            object: string;
            /** @enum {string} */
            action?: "list" | "read" | "write" | "snapshot" | "restore" | "backup" | "manage" | "administer" | "*";
            /** @enum {string} */
            effect?: "allow" | "deny";
            description?: string;
        };
        /** RuleDocument */
        RuleDocument: {
            rules: components["schemas"]["NewRule"][];
        };
        /** RuleChanges */
        RuleChanges: {
            added: number;
            removed: number;
            kept: number;
        };
        /** Explanation */
        Explanation: {
            allowed: boolean;
            rule?: components["schemas"]["Rule"];
            /** @description The subject and all it belongs to, the nearest first */
            groups: string[];
            /** @description All rules that match, those that deny first */
            candidates: components["schemas"]["Rule"][];
        };
        /** Role */
        Role: {
            role: string;
            /** @description Who has it, not through other roles */
            members: string[];
            /** @description What it may do, not through other roles */
            rules: components["schemas"]["Rule"][];
        };
        /**
         * Grant
         * @description What a successful mount has yielded
         */
        Grant: {
            number: number;
            /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
            subject: string;
            address: string;
            token: string | null;
            host: string | null;
            parent: number | null;
            node: number;
            /** @description Of the folder or link now */
            path: string;
            share: number | null;
            scope: string | null;
            identity: components["schemas"]["IdentityRule"] | null;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            lastUsedAt: string;
            expiresAt: string | null;
        };
        /**
         * Client
         * @description A machine that has connections to the gateway
         */
        Client: {
            address: string;
            connections: number;
            /** @description Living grants of this address */
            grants: number;
        };
        /** AuditLine */
        AuditLine: {
            sequence: number;
            /**
             * Format: date-time
             * @description RFC 3339
             */
            at: string;
            /** @enum {string} */
            kind: "mount" | "refusal" | "admin" | "grant" | "system" | "file" | "dropped";
            /** @description Empty: not known */
            subject: string;
            /** @description Empty: the gateway itself */
            address: string;
            grant: number | null;
            share: number | null;
            operation: string;
            path: string;
            result: string;
            /** @description The line as it is in the file, JSON */
            line: string;
        };
        /** AuditHead */
        AuditHead: {
            sequence: number;
            sha256: string;
        };
        /** AuditProblem */
        AuditProblem: {
            file: string;
            firstLine: number;
            lastLine: number;
            what: string;
        };
        /** AuditVerification */
        AuditVerification: {
            ok: boolean;
            files: number;
            lines: number;
            seals: number;
            unsealed: number;
            head?: components["schemas"]["AuditHead"];
            problems: components["schemas"]["AuditProblem"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getGateway: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Gateway"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Whoami"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resolvePath: {
        parameters: {
            query: {
                /** @description Logical path: `/finance/payroll/db` */
                path: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Place"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAliases: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Alias"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeAlias: {
        parameters: {
            query: {
                /** @description Logical path: `/finance/payroll/db` */
                path: string;
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alias"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createFolder: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewFolder"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFolder: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteFolder: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FolderRemoval"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateFolder: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description What is absent stays; labels are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NodeChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listChildren: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Node"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moveFolder: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Move"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listLinks: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Node"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteLink: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkRemoval"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description What is absent stays; labels are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NodeChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moveLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Move"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addTarget: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description A share of this gateway, or a gateway and a logical path on it */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTarget"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeTarget: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
                target: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateTarget: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
                target: number;
            };
            cookie?: never;
        };
        /** @description What is absent stays */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TargetChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Target"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listShares: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description The share at exactly this path */
                path?: string;
                /** @description At or below this path */
                below?: string;
                /** @description Name or id */
                application?: string;
                store?: string;
                /** @description All of these: `team=payroll,tier=db` */
                labels?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Share"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createShare: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewShare"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTombstones: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description The share at exactly this path */
                path?: string;
                /** @description At or below this path */
                below?: string;
                /** @description Name or id */
                application?: string;
                store?: string;
                /** @description All of these: `team=payroll,tier=db` */
                labels?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Share"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteShare: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareDeletion"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateShare: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description What is absent stays; labels are replaced as a whole; null ends a quota, a limit or an ownership */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moveShare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Move"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undeleteShare: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Undeletion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purgeShare: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    moveShareToStore: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description The store that it goes to */
        requestBody: {
            content: {
                "application/json": components["schemas"]["StoreMove"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovedShare"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listMoveJobs: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MoveJob"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortMoveJob: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MoveJob"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    issueTicket: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description Labels: of the pod or container that is to mount it */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTicket"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMountLines: {
        parameters: {
            query?: {
                /** @description Name or address of the gateway; default: its own first one */
                host?: string;
                /** @description token: with /@TOKEN before the path, to be replaced; default: by the address of the client */
                access?: "address" | "token";
                /** @description Of the claim; default: default */
                namespace?: string;
                /** @description Name of the claim */
                claim?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MountLines"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getKubernetesVolume: {
        parameters: {
            query?: {
                /** @description Name or address of the gateway; default: its own first one */
                host?: string;
                /** @description token: with /@TOKEN before the path, to be replaced; default: by the address of the client */
                access?: "address" | "token";
                /** @description Of the claim; default: default */
                namespace?: string;
                /** @description Name of the claim */
                claim?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSnapshots: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                share?: number;
                name?: string;
                /** @description Of shares at or below this path */
                below?: string;
                /** @description Name or id: whose its share was */
                application?: string;
                /** @description All of these: `team=payroll,tier=db` */
                labels?: string;
                group?: string;
                /** @description Name or id */
                schedule?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Snapshot"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listShareSnapshots: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Snapshot"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSnapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description Without a name it is called by the time, as in 2026-11-21T05.10.00Z */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSnapshot"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeSnapshot"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSnapshot: {
        parameters: {
            query?: {
                /** @description Also if it is the last of its share */
                last?: boolean;
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotDeletion"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSnapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description What is absent stays; labels are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SnapshotChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSnapshotUsage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotUsage"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSnapshotManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotManifest"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    renameSnapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SnapshotRename"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    holdSnapshot: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHold"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseSnapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snapshot"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSnapshotCost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotCost"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSnapshotGroup: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description Either shares, or an application: all of its shares */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSnapshotGroup"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotGroup"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSnapshotJobs: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["SnapshotJob"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortSnapshotJob: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotJob"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSnapshotChanges: {
        parameters: {
            query: {
                /** @description Number of the other snapshot */
                since: number;
                /** @description Default ndjson */
                format?: "ndjson" | "nul";
                /** @description Compare everything, where a journal would do: finds what programs on the host changed past the gateway too */
                exhaustive?: boolean;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "application/octet-stream": string;
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreSnapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description Without a path, all of the share; without `to`, to where it was */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Restore"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restored"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cloneSnapshot: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path: {
                id: number;
            };
            cookie?: never;
        };
        /** @description What is absent is as it was when the snapshot was cut; a clone is writable */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewClone"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClonePlan"];
                };
            };
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Clone"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRestoreJobs: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["RestoreJob"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortRestoreJob: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RestoreJob"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importDirectory: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DirectoryImport"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportPlan"];
                };
            };
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importDockerVolumes: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DockerImport"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DockerImported"];
                };
            };
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DockerImported"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImportJobs: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ImportJob"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImportJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortImportJob: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportJob"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportSnapshot: {
        parameters: {
            query?: {
                /** @description Default none */
                compression?: "none" | "gzip";
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                    "application/gzip": string;
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Schedule"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSchedule"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSchedule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateSchedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                schedule: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays; selector, both retentions and hooks are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleResult"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                schedule: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePreview"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRepositories: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Repository"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createRepository: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRepository"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repository"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repository"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteRepository: {
        parameters: {
            query?: {
                /** @description Although it holds backups */
                force?: boolean;
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repository"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateRepository: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays; secrets are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["RepositoryChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Repository"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    checkRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Check"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pruneRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    scanRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unlockRepository: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetBackups: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        /** @description Either backups, or a retention for each share by itself: of all, or of what the rest selects */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Forget"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgetPlan"];
                };
            };
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreBackups: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Name or id */
                repository: string;
            };
            cookie?: never;
        };
        /** @description One of all, application, path (of a share, or a folder with all below it), and backups */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Recovery"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryPlan"];
                };
            };
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBackups: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description Name or id */
                repository?: string;
                share?: number;
                /** @description Of shares at or below this path */
                below?: string;
                /** @description Name or id: whose the share was */
                application?: string;
                /** @description Name or id */
                schedule?: string;
                state?: "running" | "done" | "failed";
                /** @description Those too that the repository has no more; default: not those */
                forgotten?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Backup"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createBackups: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description One of shares, application, below or snapshot: a new snapshot is taken unless one is named */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackups"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BackupJob"][];
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreBackupFiles: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description Where something is already, it gets another name beside that */
        requestBody: {
            content: {
                "application/json": components["schemas"]["FilesRestore"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBackupJobs: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["BackupJob"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackupJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    abortBackupJob: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupJob"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reportUnprotected: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["UnprotectedShare"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listStores: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Store"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStore"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Store"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Store"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeStore: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Store"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateStore: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays; classes are replaced as a whole */
        requestBody: {
            content: {
                "application/json": components["schemas"]["StoreChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Store"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listApplications: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description Who answers for the data: a person, a team */
                owner?: string;
                /** @description Retired ones too */
                retired?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Application"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApplication"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApplication: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplicationChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retireApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reviveApplication: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Application"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listManifests: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ManifestEntry"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getManifest: {
        parameters: {
            query?: {
                /** @description Grows with each change; the ETag */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
                /** @description As of a file: deployment.yaml */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Manifest"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putManifest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
                /** @description As of a file: deployment.yaml */
                name: string;
            };
            cookie?: never;
        };
        /** @description Without a contentType: JSON if it can be read as such, else YAML */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewManifest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManifestEntry"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listManifestVersions: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
                /** @description As of a file: deployment.yaml */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ManifestEntry"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listApplicationData: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description RFC 3339 */
                at?: string;
            };
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Ownership"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listApplicationWorkloads: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description RFC 3339 */
                from?: string;
                /** @description RFC 3339 */
                to?: string;
            };
            header?: never;
            path: {
                /** @description Name or id */
                application: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Workload"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listShareWorkloads: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description RFC 3339 */
                from?: string;
                /** @description RFC 3339 */
                to?: string;
            };
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Workload"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrphans: {
        parameters: {
            query: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                days: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Orphan"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOwners: {
        parameters: {
            query?: {
                share?: number;
                store?: string;
                directory?: string;
                hostPath?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Owners"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithText"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenEnding"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithText"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAdmins: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createAdmin: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAdmin"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithText"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAdmin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeAdmin: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenEnding"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateAdmin: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays */
        requestBody: {
            content: {
                "application/json": components["schemas"]["AdminChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateAdmin: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rotation"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenWithText"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listHosts: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Host"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createHost: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHost"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHost: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeHost: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateHost: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        /** @description What is absent stays */
        requestBody: {
            content: {
                "application/json": components["schemas"]["HostChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRules: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description p: who may do what; g: who has which role */
                kind?: "p" | "g";
                /** @description A subject, a role, or * for all */
                subject?: string;
                /** @description p: a path pattern such as /finance/**; g: the role */
                object?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Rule"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replaceRules: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleDocument"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleChanges"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addRule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description A rule of kind p has an action and an effect, one of kind g neither */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRule"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeRule: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: {
                /** @description ETag of the version that is to be changed */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rule"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainPolicy: {
        parameters: {
            query: {
                /** @description A subject, a role, or * for all */
                subject: string;
                path: string;
                action: "list" | "read" | "write" | "snapshot" | "restore" | "backup" | "manage" | "administer";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRoles: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Role"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listGrants: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
                /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
                subject?: string;
                address?: string;
                share?: number;
                token?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Grant"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getGrant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endGrant: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listClients: {
        parameters: {
            query?: {
                /** @description The `next` of the page before */
                after?: string;
                /** @description Default 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Client"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disconnectClient: {
        parameters: {
            query?: {
                /** @description Only say what would be done */
                dryRun?: boolean;
            };
            header?: never;
            path: {
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Client"];
                };
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description The `next` of before */
                after?: string;
                limit?: number;
                kind?: "mount" | "refusal" | "admin" | "grant" | "system" | "file" | "dropped";
                /** @description app:NAME, app:NAME/WORKLOAD, host:NAME, user:NAME or admin:NAME */
                subject?: string;
                share?: number;
                /** @description Letter by letter: `/finance/` is all below it */
                pathPrefix?: string;
                /** @description RFC 3339 */
                since?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditLine"][];
                        /** @description Give it as `after`; absent: there is no more */
                        next?: string;
                    };
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyAudit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportCatalog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    importTar: {
        parameters: {
            query: {
                /** @description Logical path: `/finance/payroll/db` */
                path: string;
                /** @description Default: the store called default */
                store?: string;
                /** @description Without a store: the class of one with most free space */
                class?: string;
                /** @description Name or id */
                application?: string;
                owner?: string;
                description?: string;
                /** @description `team=payroll,tier=db` */
                labels?: string;
                quotaBytes?: number;
                quotaFiles?: number;
                /** @description refuse, the default: a tar with devices in it makes no share. skip: they are left out */
                devices?: "refuse" | "skip";
                /** @description Leading directories to be left out of names */
                stripComponents?: number;
            };
            header?: {
                /** @description The same request with the same key, within a day, is done only once */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-tar": string;
                "application/gzip": string;
                "application/zstd": string;
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            /** @description No valid token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, and nothing changed */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Failed */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
