/** The code that runs in the local cloud: the deployed code, or newer code in place of it. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "../local/lib/files.ts";
import type { Screen } from "../local/lib/screen.ts";
import { addressOf } from "../local/lib/secret.ts";
import type { RuntimeFile } from "../local/runtime/main.ts";
import { type Overlay, repositoryOf } from "../local/runtime/overlay.ts";
import type { ImageName } from "../stacks/imageSources.ts";
import { OverlayConnection } from "./overlay.ts";

const POLL_MS = 500;

export class LocalCloud {
    readonly #stateDir: string;
    readonly #screen: Screen;
    #connection: OverlayConnection | undefined;
    #repositories: Partial<Record<ImageName, string>> = {};
    /** The folder with the deployed code, by image; during a deployment, the code that it deploys. */
    #deployed = new Map<ImageName, string>();
    #previouslyDeployed = new Map<ImageName, string>();
    /** The folder with the running code, by image. */
    #running = new Map<ImageName, string>();
    #site: Overlay["site"];
    #hasEnded = false;
    #turn: Promise<unknown> = Promise.resolve();

    constructor(stateDir: string, screen: Screen) {
        this.#stateDir = stateDir;
        this.#screen = screen;
    }

    /** Images whose running code differs from the deployed code. */
    get ahead(): ImageName[] {
        return [...this.#running]
            .filter(([image, folder]) => this.#deployed.get(image) !== folder)
            .map(([image]) => image);
    }

    /** Called when a deployment of this code begins. */
    deploying(code: Map<ImageName, string>): void {
        this.#previouslyDeployed = this.#deployed;
        this.#deployed = code;
        this.#running = new Map([...code, ...this.#running]);
    }

    notDeployed(): void {
        this.#deployed = this.#previouslyDeployed;
    }

    /** Called after a successful deployment. */
    async deployed(site: Overlay["site"]): Promise<void> {
        this.#site = site;
        const local = readJson<{ outputs: { image_refs: Record<ImageName, string> } }>(
            join(this.#stateDir, "local.json"),
        );
        const refs = Object.entries(local?.outputs.image_refs ?? {});
        this.#repositories = Object.fromEntries(refs.map(([image, ref]) => [image, repositoryOf(ref)]));
        await this.#inTurn(() => (this.#connection ? this.#sendOverlay(this.#running) : this.#connect()));
    }

    /**
     * Runs an image's code in place of the running code, which keeps running if the new code does not start.
     *
     * @returns whether the code changed
     * @throws {OverlayError} when the code does not start
     */
    async serve(image: ImageName, folder: string): Promise<boolean> {
        return await this.#inTurn(async () => {
            if (this.#running.get(image) === folder) {
                return false;
            }
            await this.#sendOverlay(new Map([...this.#running, [image, folder]]));
            return true;
        });
    }

    close(): void {
        this.#hasEnded = true;
        this.#connection?.close();
    }

    /** Runs one change at a time, since each overlay contains the newer code of all images. */
    async #inTurn<T>(work: () => Promise<T>): Promise<T> {
        const turn = this.#turn.catch(() => undefined).then(work);
        this.#turn = turn;
        return await turn;
    }

    async #sendOverlay(running: Map<ImageName, string>): Promise<void> {
        const ahead = [...running].filter(([image, folder]) => this.#deployed.get(image) !== folder);
        const code = Object.fromEntries(
            ahead.flatMap(([image, folder]) => {
                const repository = this.#repositories[image];
                return repository ? [[repository, folder]] : [];
            }),
        );
        await this.#connection?.send({ code, site: this.#site });
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
        await this.#sendOverlay(this.#running);
    }

    /** Reconnects after another command, for example a deployment, restarted the runtime. */
    async #reconnect(): Promise<void> {
        let hasNotified = false;
        while (!this.#hasEnded && !this.#connection) {
            try {
                await this.#inTurn(() => this.#connect());
            } catch {
                if (!hasNotified) {
                    this.#screen.line("! The local cloud has stopped. npm run local starts it again.");
                    hasNotified = true;
                }
                await sleep(POLL_MS);
            }
        }
    }
}
