/** What runs in the local cloud: what is deployed, and in place of it what is ahead of that. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "../local/lib/files.ts";
import type { Screen } from "../local/lib/screen.ts";
import { addressOf } from "../local/lib/secret.ts";
import type { RuntimeFile } from "../local/runtime/main.ts";
import { type Overlay, repositoryOf } from "../local/runtime/overlay.ts";
import type { ImageName } from "../stacks/imageSources.ts";
import { OverlayConnection } from "./overlay.ts";

/** How often a local cloud that has stopped is looked for. */
const POLL_MS = 500;

export class LocalCloud {
    readonly #stateDir: string;
    readonly #screen: Screen;
    #connection: OverlayConnection | undefined;
    #repositories: Partial<Record<ImageName, string>> = {};
    /** The folder with the code that is deployed, by image; as it will be, while it is. */
    #deployed = new Map<ImageName, string>();
    #before = new Map<ImageName, string>();
    /** The folder with the code that runs. */
    #running = new Map<ImageName, string>();
    #site: Overlay["site"];
    #hasEnded = false;
    #turn: Promise<unknown> = Promise.resolve();

    constructor(stateDir: string, screen: Screen) {
        this.#stateDir = stateDir;
        this.#screen = screen;
    }

    /** Images whose code that runs is another one than the deployed. */
    get ahead(): ImageName[] {
        return [...this.#running]
            .filter(([image, folder]) => this.#deployed.get(image) !== folder)
            .map(([image]) => image);
    }

    /** A deployment of this code begins. */
    deploying(code: Map<ImageName, string>): void {
        this.#before = this.#deployed;
        this.#deployed = code;
        this.#running = new Map([...code, ...this.#running]);
    }

    notDeployed(): void {
        this.#deployed = this.#before;
    }

    /** A deployment has come to its end. */
    async deployed(site: Overlay["site"]): Promise<void> {
        this.#site = site;
        const local = readJson<{ outputs: { image_refs: Record<ImageName, string> } }>(
            join(this.#stateDir, "local.json"),
        );
        const refs = Object.entries(local?.outputs.image_refs ?? {});
        this.#repositories = Object.fromEntries(refs.map(([image, ref]) => [image, repositoryOf(ref)]));
        await this.#inTurn(() => (this.#connection ? this.#lay(this.#running) : this.#connect()));
    }

    /**
     * Runs an image's code in place of what runs; what ran before runs on where it does not start.
     *
     * @returns whether other code ran before
     * @throws {OverlayError} when it does not start
     */
    async serve(image: ImageName, folder: string): Promise<boolean> {
        return await this.#inTurn(async () => {
            if (this.#running.get(image) === folder) {
                return false;
            }
            await this.#lay(new Map([...this.#running, [image, folder]]));
            return true;
        });
    }

    close(): void {
        this.#hasEnded = true;
        this.#connection?.close();
    }

    /** Each overlay has all that is ahead, so there is one at a time. */
    async #inTurn<T>(work: () => Promise<T>): Promise<T> {
        const turn = this.#turn.catch(() => undefined).then(work);
        this.#turn = turn;
        return await turn;
    }

    async #lay(running: Map<ImageName, string>): Promise<void> {
        const ahead = [...running].filter(([image, folder]) => this.#deployed.get(image) !== folder);
        const code = Object.fromEntries(
            ahead.flatMap(([image, folder]) => {
                const repository = this.#repositories[image];
                return repository ? [[repository, folder]] : [];
            }),
        );
        await this.#connection?.lay({ code, site: this.#site });
        this.#running = running;
    }

    async #connect(): Promise<void> {
        const { functionsPort, functionsSecret } = readJson<RuntimeFile>(join(this.#stateDir, "runtime.json")) ?? {};
        if (functionsPort === undefined || functionsSecret === undefined) {
            throw new Error("The local cloud does not run.");
        }
        this.#connection = await OverlayConnection.open(addressOf(functionsPort, functionsSecret), () => {
            this.#connection = undefined;
            void this.#reconnect();
        });
        await this.#lay(this.#running);
    }

    /** Another command may stop what runs and start it again, a deployment for example. */
    async #reconnect(): Promise<void> {
        let told = false;
        while (!this.#hasEnded && !this.#connection) {
            try {
                await this.#inTurn(() => this.#connect());
            } catch {
                if (!told) {
                    this.#screen.line("! The local cloud has stopped. npm run local starts it again.");
                    told = true;
                }
                await sleep(POLL_MS);
            }
        }
    }
}
