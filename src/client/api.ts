// Made from openapi.json by generate.mjs.
/* eslint-disable */
export interface paths {
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
        delete?: never;
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
        /** Give a store other classes */
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
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
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
            /** @description Default 493, which is 0755 */
            directoryMode?: number;
            directoryUid?: number;
            directoryGid?: number;
        };
        /**
         * ShareChange
         * @description What is absent stays; labels are replaced as a whole; null ends a quota or an ownership
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
            /**
             * @description File operations that the audit has
             * @enum {string}
             */
            audit?: "off" | "changes" | "opens";
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
        };
        /** StoreChange */
        StoreChange: {
            /** @description Labels by which a share may ask for a store */
            classes: string[];
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
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
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
        /** @description What is absent stays; labels are replaced as a whole; null ends a quota or an ownership */
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
}
