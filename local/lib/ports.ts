import { execFileSync } from "node:child_process";
import { createConnection, createServer } from "node:net";

/** A free port on loopback. `get-port` would call one that it has told of taken for 15 seconds, and {@link isFree} asks about those. */
export async function freePort(): Promise<number> {
    return await listenOnce(0);
}

/** Whether a server could listen on a port of loopback. */
export async function isFree(port: number): Promise<boolean> {
    return await listenOnce(port).then(
        () => true,
        () => false,
    );
}

function listenOnce(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(port, "127.0.0.1", () => {
            const address = server.address();
            const bound = typeof address === "object" && address ? address.port : port;
            server.close(() => resolve(bound));
        });
    });
}

/** The program that listens on a port, in words, if the system says. */
export function ownerOf(port: number): string {
    try {
        const out = execFileSync("ss", ["-ltnpH", `sport = :${port}`], { encoding: "utf8", stdio: "pipe" });
        const found = /\("([^"]+)",pid=(\d+)/.exec(out);
        if (found) {
            return `${found[1]} (process ${found[2]})`;
        }
    } catch {
        // `ss` does not exist, or is not permitted.
    }
    return "another program";
}

/** Whether a program listens on a port of loopback, or on the Unix socket at a path. */
export function isListening(at: number | string): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = createConnection(typeof at === "number" ? { host: "127.0.0.1", port: at } : { path: at });
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => resolve(false));
    });
}

/** The HTTP status of an address; `undefined` without an answer within two seconds. */
export async function statusOf(url: string): Promise<number | undefined> {
    return await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
        ({ status }) => status,
        () => undefined,
    );
}
