/** A service with two people, started before the tests of a file and stopped after them. */
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { startEmulator, startUpstreams, type TestUpstreams } from "./dependencies.ts";
import { type Answer, BUCKET, makePerson, makeWorld, type Person, read, ServiceProcess, type World } from "./world.ts";

/** The wish of most tests: the smallest story. */
export const WISH = { topic: "A fox and a lantern", length: "short" };

export const AGENTS = ["system_start", "research", "planning", "writer", "editor", "voice", "audio", "system_end"];

export class Scene {
    world!: World;
    upstreams!: TestUpstreams;
    service!: ServiceProcess;
    ann!: Person;
    bob!: Person;
    #stopEmulator: () => Promise<void> = async () => {};

    /** Registers the hooks of a suite. */
    constructor() {
        before(() => this.#open());
        afterEach(() => this.upstreams.heal());
        after(() => this.#close());
    }

    async #open(): Promise<void> {
        const emulator = await startEmulator();
        this.#stopEmulator = emulator.stop;
        this.upstreams = await startUpstreams();
        this.world = await makeWorld(emulator, this.upstreams);
        this.service = await ServiceProcess.start(this.world);
        this.ann = await makePerson(this.world, this.service, "ann");
        this.bob = await makePerson(this.world, this.service, "bob");
    }

    async #close(): Promise<void> {
        await this.service?.end();
        await this.upstreams?.stop();
        await this.#stopEmulator();
    }

    /** Makes a finished story for Ann. */
    async story(): Promise<string> {
        const events = await this.service.makeStory(this.ann.idToken, WISH);
        return String(events[0]?.session_id);
    }

    /** The narration of Ann's story after it is ready or failed. */
    async narrated(id: string, body: object = {}): Promise<Answer> {
        const started = await this.service.post(`/api/v1/audio/generate/${id}`, this.ann.idToken, body);
        expect(started.status).to.equal(200);
        return this.waitForAudio(id);
    }

    async waitForAudio(id: string): Promise<Answer> {
        for (;;) {
            const state = await read(await this.service.get(`/api/v1/audio/status/${id}`, this.ann.idToken));
            if (state.status === "ready" || state.status === "failed") {
                return state;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    async session(id: unknown, token = this.ann.idToken): Promise<Answer> {
        return read(await this.service.get(`/api/v1/story/session/${id}`, token));
    }

    /** Counts the objects of a story in the bucket. */
    async objectsOf(id: string): Promise<number> {
        const all = await this.world.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
        return (all.Contents ?? []).filter((object) => object.Key?.includes(id)).length;
    }

    async activeRuns(service = this.service): Promise<number> {
        return (await read(await service.get("/health"))).active_runs;
    }
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}
