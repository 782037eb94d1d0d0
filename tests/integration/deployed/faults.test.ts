import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { runningTasks } from "../../../local/runtime/taskFile.ts";
import { type Person, Stage, type StoryEvent, wish } from "../../kit/deployed/stage.ts";
import { CloudCopy } from "../../kit/local/cloudCopy.ts";

const STATE_MEGABYTES = 400;
const TOPIC = "A fox who is afraid of the dark";

/** What breaks while a story is made. The local cloud's state lies on a disk of its own that can be filled. */
describe("A story that is being made", function () {
    this.timeout(600_000);
    let cloud: CloudCopy;
    let stage: Stage;
    let person: Person;
    /** A story that was finished before anything broke. */
    let finished: string;

    before(async () => {
        cloud = await CloudCopy.make();
        mkdirSync(cloud.stateDir);
        // It takes root, as building images does.
        await execa("mount", ["-t", "tmpfs", "-o", `size=${STATE_MEGABYTES}m`, "tmpfs", cloud.stateDir]);
        stage = await Stage.up(cloud, "--no-images");
        person = await stage.reader();
        finished = idOf(await stage.story(wish("A story from before"), person.token));
    });
    afterEach(() => stage.heal());
    after(async () => {
        const { code, text } = await cloud.run("down");
        expect(code, text).to.equal(0);
        await execa("umount", [cloud.stateDir]);
        await cloud.remove();
    });

    /** A run whose research is finished, and whose next agent waits for the model until something happens. */
    async function held(happens: () => Promise<void>): Promise<StoryEvent[]> {
        await stage.fault({ upstream: "bedrock", kind: "stall", times: 0, after: 3 });
        const events: StoryEvent[] = [];
        for await (const event of stage.events(wish(TOPIC), person.token)) {
            events.push(event);
            if (event.type === "agent_complete" && event.agent_id === "research") {
                await happens();
            }
        }
        return events;
    }

    /** Goes on with a story by its id; what was finished before must not be made again. */
    async function expectResumed(id: string): Promise<void> {
        const events = await stage.story({ session_id: id }, person.token);
        expect(events.at(-1)?.type, JSON.stringify(events.at(-1))).to.equal("complete");
        const again = events.filter(({ agent_id, type }) => agent_id === "research" && type === "agent_activity");
        expect(again.map((event) => "resumed" in event && event.resumed)).to.deep.equal([true]);
        expect(events.at(-1)?.result?.structured_story.chapters).to.have.length(3);
    }

    async function expectKept(id: string): Promise<void> {
        const answer = await stage.get(`/api/v1/stories/${id}`, person.token);
        expect(answer.status).to.equal(200);
        const { status, images } = (await answer.json()) as { status: string; images: string[] };
        expect(status).to.equal("completed");
        expect(images).to.have.length(3);
        for (const image of images) {
            expect((await fetch(image)).status).to.equal(200);
        }
    }

    async function answersAgain(): Promise<void> {
        while (!(await stage.get("/api/v1/auth/health").catch(() => undefined))?.ok) {
            await sleep(100);
        }
    }

    function processOf(part: string): number {
        return JSON.parse(readFileSync(join(cloud.stateDir, `pids/${part}.json`), "utf8")).process.pid;
    }

    it("ends with words when the model is down, and goes on from there when it is back", async () => {
        await stage.fault({ upstream: "bedrock", kind: "down", times: 0, after: 3 });
        const events = await stage.story(wish(TOPIC), person.token);
        expect(events.at(-1)).to.include({ type: "error", resumable: true });
        expect(events.at(-1)?.message).to.match(/What is finished is saved; continue the story in a moment/);
        await stage.heal();
        await expectResumed(idOf(events));
    });

    for (const [upstream, without] of [
        ["gemini", /no pictures/],
        ["duckduckgo", /search/i],
        ["tts", /standard voice/],
    ] as const) {
        it(`does without ${upstream} when that is down, and says so`, async () => {
            await stage.down(upstream);
            const events = await stage.story(wish(`A fox without ${upstream}`), person.token);
            expect(events.at(-1)?.type, JSON.stringify(events.at(-1))).to.equal("complete");
            expect(events.at(-1)?.result?.warnings.join("\n")).to.match(without);
        });
    }

    it("gets a narration that says why it failed, and is spoken when the speech API is back", async () => {
        await stage.down("tts");
        const narrate = () => stage.post(`/api/v1/audio/generate/${finished}`, {}, person.token);
        const ended = async () => {
            for (;;) {
                const answer = await stage.get(`/api/v1/audio/status/${finished}`, person.token);
                const state = (await answer.json()) as { status: string; message: string };
                if (state.status !== "generating") {
                    return state;
                }
                await sleep(100);
            }
        };
        await narrate();
        expect(await ended()).to.deep.include({ status: "failed" });
        expect((await ended()).message).to.match(/to continue where it stopped/);
        await stage.heal();
        await narrate();
        expect((await ended()).status).to.equal("ready");
    });

    it("is taken up again when the service's process was killed", async () => {
        const events = await held(async () => {
            const tasks = runningTasks(cloud.stateDir);
            expect(tasks).to.not.deep.equal([]);
            for (const { pid } of tasks) {
                process.kill(pid, "SIGKILL");
            }
        });
        expect(events.map(({ type }) => type)).to.not.include.members(["complete"]);
        await stage.heal();
        await answersAgain();
        await expectResumed(idOf(events));
        await expectKept(finished);
    });

    it("is taken up again when the runtime was killed, whose service does not run on by itself", async () => {
        const [task] = runningTasks(cloud.stateDir);
        expect(task).to.not.equal(undefined);
        const events = await held(async () => {
            process.kill(processOf("runtime"), "SIGKILL");
            await stage.heal();
        });
        const { code, text } = await stage.upAgain("--no-images");
        expect(code, text).to.equal(0);
        expect(existsSync(`/proc/${task?.pid}`)).to.equal(false);
        await expectResumed(idOf(events));
    });

    for (const [how, signal] of [
        ["killed", "SIGKILL"],
        ["stopped and started", "SIGTERM"],
    ] as const) {
        it(`is taken up again when the emulator was ${how}`, async () => {
            const events = await held(async () => {
                // It saves what has changed every few seconds.
                await sleep(8_000);
                process.kill(processOf("emulator"), signal);
                await stage.heal();
            });
            const last = events.at(-1);
            expect(last?.type, JSON.stringify(last)).to.be.oneOf(["error", "complete"]);
            expect(last?.message ?? "").to.match(/saved|complete/);
            const { code, text } = await stage.upAgain("--no-images");
            expect(code, text).to.equal(0);
            expect(text).to.contain("The emulator was restarted");
            await expectKept(finished);
            await expectResumed(idOf(events));
        });
    }

    it("is finished although the disk is full, and nothing that was finished is lost", async () => {
        const filler = join(cloud.stateDir, "filler");
        // Until nothing goes on it any more, whatever else is written meanwhile.
        const { stderr } = await execa("dd", ["if=/dev/zero", `of=${filler}`, "bs=64k"], {
            reject: false,
            env: { LC_ALL: "C" },
        });
        expect(stderr).to.contain("No space left on device");
        const events = await stage.story(wish(TOPIC), person.token);
        expect(events.at(-1)?.type, JSON.stringify(events.at(-1))).to.equal("complete");
        await expectKept(idOf(events));
        const { code, text } = await cloud.run("up", "--no-images");
        expect(code).to.equal(1);
        expect(text).to.match(/disk is full|no space left/i);
        rmSync(filler);
        await expectKept(finished);
        expect((await stage.story(wish(TOPIC), person.token)).at(-1)?.type).to.equal("complete");
    });
});

function idOf(events: StoryEvent[]): string {
    return events[0]?.session_id ?? "";
}
