/** Ports for debuggers, one for each image's code: each leads to the newest process that runs it. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import type { ImageName } from "../../../stacks/imageSources.ts";
import { close, guarded, listen, newSecret } from "../../../standins/http.ts";
import { imageNames } from "./bundles.ts";
import { titles } from "./meaning.ts";

/** The first of the ports, next to Node's own 9229; `.vscode/launch.json` has them too. */
export const FIRST_DEBUG_PORT = 9230;

export class DebugPorts {
    readonly #ports: ReadonlyMap<ImageName, DebugPort>;
    /** Gets a request from each process that has opened its inspector: `/IMAGE/VERSION/PORT`. */
    readonly #reports: Server;
    readonly #secret = newSecret();
    #reportsPort = 0;

    private constructor(firstPort: number) {
        this.#ports = new Map(imageNames.map((image, index) => [image, new DebugPort(firstPort + index)]));
        this.#reports = createServer(
            guarded({ secret: this.#secret }, ({ url = "" }, response) => {
                const [, image, version = "", port] = url.split("/");
                this.#ports.get(image as ImageName)?.add({ version, port: Number(port) });
                response.writeHead(204).end();
            }),
        );
    }

    /**
     * Listens on as many ports as there are images, on loopback.
     *
     * @throws when one of them is taken
     */
    static async open(firstPort: number): Promise<DebugPorts> {
        const ports = new DebugPorts(firstPort);
        ports.#reportsPort = await listen(ports.#reports, 0);
        try {
            await Promise.all([...ports.#ports.values()].map((port) => port.open()));
        } catch (error) {
            await ports.close();
            throw error;
        }
        return ports;
    }

    /** Options for Node, with which a process of an image's code opens an inspector and reports its port. */
    nodeOptions(image: ImageName, folder: string): string {
        const report = `http://127.0.0.1:${this.#reportsPort}/${this.#secret}/${image}/${basename(folder)}`;
        // A module without a file also works in a container.
        return `--import=data:text/javascript,${encodeURIComponent(openInspector(report))}`;
    }

    /** The addresses for debuggers, in words. */
    toString(): string {
        return [...this.#ports].map(([image, { port }]) => `${titles[image]} 127.0.0.1:${port}`).join(", ");
    }

    async close(): Promise<void> {
        await Promise.all([close(this.#reports), ...[...this.#ports.values()].map((port) => port.close())]);
    }
}

/** A module that opens an inspector, and waits until it is reported. */
function openInspector(report: string): string {
    return `
import { get } from "node:http";
import { open, url } from "node:inspector";
import { isMainThread } from "node:worker_threads";
if (isMainThread) {
    open(0, "127.0.0.1");
    const { port } = new URL(url());
    await new Promise((resolve) => get("${report}/" + port, { agent: false }, resolve).once("error", resolve));
}`;
}

/** An inspector of a process that runs a version of the code. */
interface Inspector {
    version: string;
    port: number;
}

class DebugPort {
    readonly port: number;
    readonly #server = createTcpServer((client) => void this.#lead(client));
    /** The newest last. */
    #inspectors: Inspector[] = [];
    readonly #debuggers = new Set<Socket>();

    constructor(port: number) {
        this.port = port;
    }

    async open(): Promise<void> {
        this.#server.listen(this.port, "127.0.0.1");
        await once(this.#server, "listening").catch((error: Error) => {
            throw new Error(
                `Debuggers can't use the port ${this.port}: ${error.message}. --inspect PORT names others.`,
            );
        });
    }

    /** Leads to this inspector from now on. Debuggers of an earlier version are disconnected, so that they attach to it. */
    add(inspector: Inspector): void {
        if (inspector.version !== this.#inspectors.at(-1)?.version) {
            this.#disconnect();
        }
        this.#inspectors.push(inspector);
    }

    async close(): Promise<void> {
        this.#disconnect();
        await new Promise((resolve) => this.#server.close(resolve));
    }

    #disconnect(): void {
        for (const debuggerSocket of this.#debuggers) {
            debuggerSocket.destroy();
        }
    }

    async #lead(client: Socket): Promise<void> {
        this.#debuggers.add(client);
        client.once("close", () => this.#debuggers.delete(client));
        client.on("error", () => undefined);
        for (let newest = this.#inspectors.at(-1); newest; newest = this.#inspectors.at(-1)) {
            const onward = connect(newest.port, "127.0.0.1");
            try {
                await once(onward, "connect");
                pipeline(client, onward, client, () => undefined);
                return;
            } catch {
                // The process has ended; one that runs the code before it may still run.
                const ended = newest;
                this.#inspectors = this.#inspectors.filter((one) => one !== ended);
            }
        }
        client.destroy();
    }
}
