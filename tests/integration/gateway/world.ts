import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startEmulator, stopEmulator } from "../../../local/emulator.ts";
import { cases } from "../../../local/gateway/cases/index.ts";
import { type Gateway, startGateway } from "../../../local/gateway/gateway.ts";
import type { Mail } from "../../../local/gateway/mails.ts";
import { ministackCommand } from "../tools.ts";

type ClientClass<C> = new (settings: object) => C;

/** MiniStack, and the gateway with all of its cases in front of it. */
export class GatewayWorld {
    static readonly region = "us-east-1";
    static readonly account = "000000000000";
    readonly folder: string;
    /** MiniStack's own address. */
    readonly ministack: string;
    #gateway: Gateway;

    private constructor(folder: string, ministack: string, gateway: Gateway) {
        this.folder = folder;
        this.ministack = ministack;
        this.#gateway = gateway;
    }

    static async open(env: Record<string, string> = {}): Promise<GatewayWorld> {
        const folder = mkdtempSync(join(tmpdir(), "story-42-gateway-"));
        const { region } = GatewayWorld;
        const { endpoint } = await startEmulator({
            command: await ministackCommand(),
            stateDir: folder,
            region,
            port: 0,
            env,
        });
        return new GatewayWorld(folder, endpoint, await gatewayOf(folder, endpoint));
    }

    /** The gateway's address. */
    get url(): string {
        return this.#gateway.url;
    }

    /** A client that talks to the gateway. */
    client<C>(Client: ClientClass<C>, settings: object = {}): C {
        return clientOf(Client, this.url, settings);
    }

    /** A client that talks to MiniStack past the gateway, for what shows that a case is still needed. */
    past<C>(Client: ClientClass<C>): C {
        return clientOf(Client, this.ministack);
    }

    /** Sets the emulator's time for what runs out ahead. */
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

    /** Ends the gateway and starts another one, which has only what was kept. */
    async restartGateway(): Promise<void> {
        await this.#gateway.stop();
        this.#gateway = await gatewayOf(this.folder, this.ministack);
    }

    async close(): Promise<void> {
        await this.#gateway.stop();
        await stopEmulator(this.folder);
        rmSync(this.folder, { recursive: true, force: true });
    }
}

function gatewayOf(folder: string, endpoint: string): Promise<Gateway> {
    const { region } = GatewayWorld;
    return startGateway({ endpoint, region, storePath: join(folder, "gateway.json"), cases });
}

function clientOf<C>(Client: ClientClass<C>, endpoint: string, settings: object = {}): C {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const { region } = GatewayWorld;
    return new Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...settings });
}

/** The code and the words that something is refused with. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error = await call.then(
        () => undefined,
        (reason: Error) => reason,
    );
    expect(error, "it was not refused").to.be.instanceOf(Error);
    const { name, message } = error as Error;
    return { code: name, message };
}
