/** The code that runs in the local cloud: the deployed code, or newer code in place of it. */
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { ImageName } from "../../../stacks/imageSources.ts";
import { readJson } from "../../lib/files.ts";
import type { Screen } from "../../lib/screen.ts";
import { addressOf } from "../../lib/secret.ts";
import type { RuntimeFile } from "../main.ts";
import { OVERLAY_PATH, type Overlay, type Problems, repositoryOf } from "../overlay.ts";
import type { DebugPorts } from "./debugPorts.ts";
import { titles } from "./meaning.ts";

const POLL_MS = 500;

/** Code does not start; the code before it runs on. */
export class StartError extends Error {
    override readonly name = "StartError";
}

/** The effect of newer code. */
export interface Served {
    /** Images whose code has changed. */
    changed: ImageName[];
    /** Images whose code does not start. */
    problems: Map<ImageName, StartError>;
}

/** The folders with the code of images. */
type Folders = ReadonlyMap<ImageName, string>;

export class LocalCloud {
    readonly #stateDir: string;
    readonly #screen: Screen;
    readonly #debugPorts: DebugPorts | undefined;
    #connection: OverlayConnection | undefined;
    #repositories: Partial<Record<ImageName, string>> = {};
    /** The deployed code; during a deployment, the code that it deploys. */
    #deployed: Folders = new Map();
    #previouslyDeployed: Folders = new Map();
    #running: Folders = new Map();
    #site: Overlay["site"];
    #hasEnded = false;
    #turn: Promise<unknown> = Promise.resolve();

    /** @param debugPorts lead to the processes, whether or not their code is deployed */
    constructor(stateDir: string, screen: Screen, debugPorts?: DebugPorts) {
        this.#stateDir = stateDir;
        this.#screen = screen;
        this.#debugPorts = debugPorts;
    }

    /** Images whose running code differs from the deployed code. */
    get ahead(): ImageName[] {
        return [...this.#running]
            .filter(([image, folder]) => this.#deployed.get(image) !== folder)
            .map(([image]) => image);
    }

    /** The folders of code that runs, or runs again if newer code is taken back. */
    get used(): Set<string> {
        return new Set([...this.#running.values(), ...this.#deployed.values(), ...this.#previouslyDeployed.values()]);
    }

    /** Called when a deployment of this code begins. */
    deploying(code: Folders): void {
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
        await this.#inTurn(() => (this.#connection ? this.#runAgain() : this.#connect()));
    }

    /** Runs code of images in place of the running code, which runs on where the new code does not start. */
    async serve(code: Folders): Promise<Served> {
        return await this.#inTurn(async () => {
            const before = this.#running;
            const problems = await this.#run(new Map([...before, ...code]));
            return {
                changed: [...code.keys()].filter((image) => this.#running.get(image) !== before.get(image)),
                problems,
            };
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

    async #run(wanted: Folders): Promise<Map<ImageName, StartError>> {
        const code: Overlay["code"] = {};
        for (const [image, folder] of wanted) {
            const repository = this.#repositories[image];
            if (repository && (this.#debugPorts || this.#deployed.get(image) !== folder)) {
                code[repository] = { folder, nodeOptions: this.#debugPorts?.nodeOptions(image, folder) };
            }
        }
        const answer = (await this.#connection?.send({ code, site: this.#site })) ?? {};
        const problems = new Map<ImageName, StartError>();
        for (const image of wanted.keys()) {
            const why = answer[this.#repositories[image] ?? ""];
            if (why !== undefined) {
                problems.set(image, new StartError(why));
            }
        }
        const before = [...this.#running].filter(([image]) => problems.has(image));
        this.#running = new Map([...wanted, ...before]);
        return problems;
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
        await this.#runAgain();
    }

    /** Runs the newer code on what was deployed or started meanwhile. */
    async #runAgain(): Promise<void> {
        for (const [image, { message }] of await this.#run(this.#running)) {
            this.#screen.line(`✗ ${titles[image]}: what was served does not start any more\n    ${message}`);
        }
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

/** The connection to the runtime: an overlay that is sent replaces the deployed code until the connection ends. */
class OverlayConnection {
    readonly #request: ClientRequest;
    readonly #answers: AsyncIterator<string>;

    private constructor(call: ClientRequest, answer: IncomingMessage) {
        this.#request = call;
        this.#answers = createInterface({ input: answer })[Symbol.asyncIterator]();
    }

    /**
     * @param control the runtime's control address
     * @param onEnd called when either side ends the connection
     */
    static async open(control: string, onEnd: () => void): Promise<OverlayConnection> {
        const call = request(`${control}${OVERLAY_PATH}`, { method: "POST", agent: false });
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            call.once("response", resolve);
            call.once("error", reject);
            call.flushHeaders();
        });
        // The connection ends with the runtime, which is not an error here.
        call.on("error", () => undefined);
        answer.on("error", () => undefined);
        answer.once("close", onEnd);
        return new OverlayConnection(call, answer);
    }

    /** Replaces the previous overlay, and waits until the new one runs; one call at a time. */
    async send(overlay: Overlay): Promise<Problems> {
        this.#request.write(`${JSON.stringify(overlay)}\n`);
        const { value, done } = await this.#answers.next();
        if (done) {
            throw new Error("The local cloud has stopped.");
        }
        return JSON.parse(value) as Problems;
    }

    close(): void {
        this.#request.destroy();
    }
}
