import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Emulator, startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { gateway } from "../../../local/background/gateway.ts";
import type { Mail } from "../../../standins/gateway/mails.ts";
import { ministackCommand } from "../tools.ts";

type ClientClass<C> = new (settings: object) => C;

/** MiniStack behind the gateway with all of its cases. */
export class GatewayWorld {
    static readonly region = "us-east-1";
    static readonly account = "000000000000";
    readonly folder: string;
    readonly #env: Record<string, string>;
    readonly #past: Server;
    #emulator: Emulator;

    private constructor(folder: string, env: Record<string, string>, emulator: Emulator, past: Server) {
        this.folder = folder;
        this.#env = env;
        this.#emulator = emulator;
        this.#past = past;
    }

    static async open(env: Record<string, string> = {}): Promise<GatewayWorld> {
        const folder = mkdtempSync(join(tmpdir(), "story-42-gateway-"));
        const emulator = await emulatorOf(folder, env);
        return new GatewayWorld(folder, env, emulator, await portOfSocket(emulator.socket));
    }

    /** The gateway's address. */
    get url(): string {
        return this.#emulator.endpoint;
    }

    /** A TCP address of MiniStack itself, which listens on a socket. */
    get ministack(): string {
        return `http://127.0.0.1:${(this.#past.address() as AddressInfo).port}`;
    }

    /** A client of the gateway. */
    client<C>(Client: ClientClass<C>, settings: object = {}): C {
        return clientOf(Client, this.url, settings);
    }

    /** A client of MiniStack that bypasses the gateway, for tests that a case is still needed. */
    past<C>(Client: ClientClass<C>): C {
        return clientOf(Client, this.ministack);
    }

    /** Advances the emulator's clock for expiries. */
    async setAhead(seconds: number): Promise<void> {
        const response = await fetch(`${this.url}/_gateway/clock`, {
            method: "POST",
            body: JSON.stringify({ seconds }),
        });
        expect(response.status).to.equal(204);
    }

    /** The last mail to an address. */
    async mailTo(address: string): Promise<Mail> {
        const mails = (await (await fetch(`${this.url}/_gateway/mails`)).json()) as Mail[];
        const mail = mails.find(({ to }) => to === address);
        expect(mail, `no mail was sent to ${address}`).to.be.an("object");
        return mail as Mail;
    }

    /** The code in the last mail to an address. */
    async codeOf(address: string): Promise<string> {
        return /\b\d{6}\b/.exec((await this.mailTo(address)).text)?.[0] ?? "";
    }

    /** Replaces the gateway by a new one, which has only the persisted state. */
    async restartGateway(): Promise<void> {
        await gateway.stop(this.folder);
        this.#emulator = await emulatorOf(this.folder, this.#env);
    }

    async close(): Promise<void> {
        this.#past.close();
        await stopEmulator(this.folder);
        rmSync(this.folder, { recursive: true, force: true });
    }
}

async function emulatorOf(stateDir: string, env: Record<string, string>): Promise<Emulator> {
    const { region } = GatewayWorld;
    return await startEmulator({ command: await ministackCommand(), stateDir, region, env });
}

/** A port that forwards to a socket. */
async function portOfSocket(path: string): Promise<Server> {
    const server = createServer((client) => {
        const socket = connect(path);
        client.on("error", () => socket.destroy());
        socket.on("error", () => client.destroy());
        client.pipe(socket).pipe(client);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return server;
}

function clientOf<C>(Client: ClientClass<C>, endpoint: string, settings: object = {}): C {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const { region } = GatewayWorld;
    return new Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...settings });
}

/** The code and the message of a refusal. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error = await call.then(
        () => undefined,
        (reason: Error) => reason,
    );
    expect(error, "it was not refused").to.be.instanceOf(Error);
    const { name, message } = error as Error;
    return { code: name, message };
}
