/** The settings of a container, in the form of the OCI runtime specification. */

export interface ContainerOptions {
    /** The folder with its root file system. */
    root: string;
    args: string[];
    env: Record<string, string>;
    cwd: string;
    /** `UID` or `UID:GID`, as in images. */
    user: string;
    annotations: Record<string, string>;
    /** A folder that is mounted over the container's `cwd`. Default: none. */
    code?: string;
}

/** The size of `/tmp`, the only folder that can be written to. */
const TMP_MB = 512;

/**
 * As on AWS: no capabilities, a read-only root, and one writable folder. The network is this machine's, since everything
 * else listens on its loopback.
 */
export function containerSpec({ root, args, env, cwd, user, annotations, code }: ContainerOptions): object {
    const none: string[] = [];
    return {
        ociVersion: "1.0.2",
        process: {
            terminal: false,
            user: numericUser(user),
            args,
            env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
            cwd,
            capabilities: { bounding: none, effective: none, permitted: none },
            rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }],
            noNewPrivileges: true,
        },
        root: { path: root, readonly: true },
        hostname: "container",
        mounts: [
            { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
            { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"] },
            {
                destination: "/tmp",
                type: "tmpfs",
                source: "tmpfs",
                options: ["nosuid", "nodev", "mode=1777", `size=${TMP_MB}m`],
            },
            ...(code
                ? [{ destination: cwd, type: "bind", source: code, options: ["bind", "ro", "nosuid", "nodev"] }]
                : []),
        ],
        linux: {
            namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
            maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
            readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
            resources: { devices: [{ allow: false, access: "rwm" }] },
        },
        annotations,
    };
}

function numericUser(user: string): { uid: number; gid: number } {
    const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
    if (uid === undefined) {
        throw new Error(`the image's user is "${user}"; it must be a number, so that it is known not to be root`);
    }
    return { uid: Number(uid), gid: Number(gid ?? 0) };
}
