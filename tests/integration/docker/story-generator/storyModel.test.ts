/**
 * What a story's data is promised (docs/story-data.md), under random interleavings of what two people do on two tasks, with
 * a table and a bucket that fail or whose answers are lost, tasks that are killed or that hang, and time that passes.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import fc from "fast-check";
import { newStoryBody } from "../../../../contract/agentRoutes.ts";
import { callKeyPrefix, PIPELINE_ROUTE } from "../../../../docker/shared/sessionsTable.ts";
import { jobPrefix } from "../../../../docker/shared/userKeys.ts";
import { ObjectStore, type StoredObject, type Tagged } from "../../../../docker/story-generator/objects.ts";
import { AGENT_IDS } from "../../../../docker/story-generator/pipeline/events.ts";
import {
    isWhole,
    newSession,
    type Session,
    withPictures,
} from "../../../../docker/story-generator/pipeline/session.ts";
import { HttpError } from "../../../../docker/story-generator/responses.ts";
import type { Condition, Part, Row, Rows } from "../../../../docker/story-generator/rows.ts";
import { SessionStore, StoryChanged, StoryGone } from "../../../../docker/story-generator/sessions.ts";
import { asWork } from "../../../../docker/story-generator/works/requestWork.ts";
import type { Work } from "../../../../docker/story-generator/works/works.ts";
import { Works } from "../../../../docker/story-generator/works/works.ts";

/** The same sequences in every run, so that a change alone makes them fail; `SEED` and `SEQUENCES` ask for others, or more. */
const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [7, 42, 2_026, 776_372_020];
const SEQUENCES = Number(process.env.SEQUENCES ?? 200);
const PEOPLE = ["ann", "bob"];
const LIMITS = { perUser: { run: 3, narration: 2, part: 3 }, total: 4 };
/** How long a work that is not wanted any more may go on asking models: two beats of its task, and the calls between. */
const UNWANTED_MS = 6_000;
const STEP_MS = 100;
/** Of the calls of the cloud, one in so many takes up to so many turns. */
const SLOW_ONE_IN = 16;
const SLOWEST = 40;
/** Stages of a run that cost something here. */
const PAID_STAGES = 3;

/** What is under way, taken on in any order. */
class Turns {
    readonly #waiting: (() => void)[] = [];
    #state: number;
    now = 0;

    constructor(seed: number) {
        this.#state = seed | 1;
    }

    /** Xorshift, so that a sequence can be run again. */
    random(below: number): number {
        this.#state ^= this.#state << 13;
        this.#state ^= this.#state >>> 17;
        this.#state ^= this.#state << 5;
        return (this.#state >>> 0) % below;
    }

    mine(): Promise<void> {
        return new Promise((resolve) => this.#waiting.push(resolve));
    }

    /** Takes `steps` steps, or all there are. */
    async go(steps = Number.POSITIVE_INFINITY): Promise<void> {
        for (let step = 0; step < steps; step += 1) {
            await new Promise(setImmediate);
            const [next] = this.#waiting.splice(this.random(Math.max(this.#waiting.length, 1)), 1);
            if (!next) {
                return;
            }
            next();
        }
    }
}

/** `sent twice`: the answer was lost, and the client sent the write again by itself. */
type Fault = "none" | "refused" | "answer lost" | "sent twice";

/** The bucket and the table, as all tasks have them. */
class Cloud {
    readonly objects = new Map<string, { body: Buffer; tag: string }>();
    readonly rows = new Map<string, Row>();
    tags = 0;
}

/** One task's way to the cloud: it may fail, and a task that was killed hears nothing more. */
class Border {
    isAlive = true;
    /** Resolves when a task that hangs goes on. */
    hangs: Promise<void> | undefined;
    faults: Fault[] = [];
    /** Whether anything happened to the task that can cost a run. */
    isDisturbed = false;
    readonly #turns: Turns;

    constructor(turns: Turns) {
        this.#turns = turns;
    }

    /** `isPrompt`: what a task that lives does in time. */
    async call<T>(effect: () => T, { isConditional = false, isPrompt = false } = {}): Promise<T> {
        await (isPrompt ? this.#hurried() : this.#turn());
        const fault = this.faults.shift();
        if (fault === "refused") {
            throw new Error("the cloud refused");
        }
        let result = effect();
        if (fault === "sent twice" && isConditional) {
            await this.#turn();
            result = effect();
        }
        await this.#turn();
        if (fault === "answer lost") {
            throw new Error("the cloud's answer was lost");
        }
        return result;
    }

    /** Few calls take much longer than the others. */
    async #turn(): Promise<void> {
        for (let turn = this.#turns.random(SLOW_ONE_IN) === 0 ? this.#turns.random(SLOWEST) : 0; turn >= 0; turn -= 1) {
            await this.#turns.mine();
        }
        await this.#hurried();
    }

    async #hurried(): Promise<void> {
        await this.hangs;
        if (!this.isAlive) {
            await new Promise(() => {});
        }
    }
}

class MemoryRows implements Rows {
    readonly #cloud: Cloud;
    readonly #border: Border;

    constructor(cloud: Cloud, border: Border) {
        this.#cloud = cloud;
        this.#border = border;
    }

    get(userId: string, key: string) {
        return this.#border.call(() => copy(this.#cloud.rows.get(`${userId} ${key}`)));
    }

    put(row: Row, condition: Condition) {
        return this.#border.call(
            () => {
                const key = `${row.user_id} ${row.session_id}`;
                const there = this.#cloud.rows.get(key);
                const holds =
                    condition === "absent"
                        ? !there
                        : condition === "older"
                          ? !there || Number(there.revision) < Number(row.revision)
                          : there?.version === condition.version;
                if (!holds) {
                    return false;
                }
                this.#cloud.rows.set(key, copy(row));
                return there ? true : ("created" as const);
            },
            { isConditional: true, isPrompt: row.user_id === "#tasks" },
        );
    }

    remove(userId: string, key: string, route?: string) {
        return this.#border.call(() => {
            const there = this.#cloud.rows.get(`${userId} ${key}`);
            return there !== undefined && (route === undefined || there.route === route)
                ? this.#cloud.rows.delete(`${userId} ${key}`)
                : false;
        });
    }

    move(row: Row, from: string, route: string) {
        return this.#border.call(() => {
            const { user_id } = row;
            if (this.#cloud.rows.get(`${user_id} ${from}`)?.route === route) {
                this.#cloud.rows.delete(`${user_id} ${from}`);
                this.#cloud.rows.set(`${user_id} ${row.session_id}`, copy(row));
            }
        });
    }

    part({ userId, prefix, route, limit, newestFirst, after }: Part) {
        return this.#border.call(() => {
            const isIn = ({ user_id, session_id: key, route: its }: Row) =>
                user_id === userId &&
                (prefix === undefined ? key > "$" : key.startsWith(prefix)) &&
                (route === undefined || its === route) &&
                (after === undefined || (newestFirst ? key < after : key > after));
            const rows = [...this.#cloud.rows.values()].filter(isIn);
            rows.sort((one, other) => (one.session_id < other.session_id === !newestFirst ? -1 : 1));
            return {
                rows: copy(rows.slice(0, limit)),
                next: limit && rows[limit] ? rows[limit - 1]?.session_id : undefined,
            };
        });
    }
}

class MemoryObjects extends ObjectStore {
    readonly #cloud: Cloud;
    readonly #border: Border;

    constructor(cloud: Cloud, border: Border) {
        super(new S3Client({ region: "us-east-1" }), "bucket");
        this.#cloud = cloud;
        this.#border = border;
    }

    override readTagged(key: string): Promise<Tagged | undefined> {
        return this.#border.call(() => this.#cloud.objects.get(key));
    }

    override write(key: string, body: string | Buffer): Promise<void> {
        return this.#border.call(() => void this.#put(key, body));
    }

    override writeIf(key: string, body: string, _type: string, tag: string | undefined): Promise<string | undefined> {
        return this.#border.call(() => (this.#cloud.objects.get(key)?.tag === tag ? this.#put(key, body) : undefined));
    }

    override list(prefix: string): Promise<StoredObject[]> {
        return this.#border.call(() =>
            [...this.#cloud.objects]
                .filter(([key]) => key.startsWith(prefix))
                .map(([key, { body }]) => ({ key, bytes: body.length, modified: new Date(0) })),
        );
    }

    override folders(): Promise<string[]> {
        return this.#border.call(() => []);
    }

    /** Without credentials, which the SDK would look for outside of this process. */
    override sign(key: string): Promise<string> {
        return Promise.resolve(`https://bucket.example/${key}`);
    }

    override async removeAll(prefix: string): Promise<number> {
        const found = await this.list(prefix);
        if (found.length > 0) {
            await this.#border.call(() => found.map(({ key }) => this.#cloud.objects.delete(key)));
        }
        return found.length;
    }

    #put(key: string, body: string | Buffer): string {
        this.#cloud.tags += 1;
        const tag = String(this.#cloud.tags);
        this.#cloud.objects.set(key, { body: Buffer.from(body), tag });
        return tag;
    }
}

const copy = <T>(value: T): T => structuredClone(value);

class Task {
    readonly border: Border;
    readonly works: Works;
    readonly sessions: SessionStore;

    constructor(cloud: Cloud, turns: Turns, passTime: (milliseconds: number) => Promise<void>) {
        this.border = new Border(turns);
        const rows = new MemoryRows(cloud, this.border);
        // In whole steps: some waits are of a random length, and a sequence is to be the same every time.
        const clock = { now: () => turns.now, wait: (time: number) => passTime(Math.ceil(time / STEP_MS) * STEP_MS) };
        this.works = new Works({ rows, limits: LIMITS, onError: () => undefined, clock });
        this.sessions = new SessionStore(new MemoryObjects(cloud, this.border), rows, "AIWorkflow", this.works);
    }
}

/** The service: two tasks, and what has been promised to its people. */
class Service {
    readonly cloud = new Cloud();
    readonly turns: Turns;
    tasks: Task[] = [];
    /** Stories that somebody has heard of, by person. */
    readonly heard = new Map<string, string[]>(PEOPLE.map((person) => [person, []]));
    readonly deleted = new Set<string>();
    /** Changes that were answered 200, by story. */
    readonly promised = new Map<string, string[]>();
    readonly paid = new Map<string, number>();
    /** Whether something has happened for which a call may be paid twice: nobody can know that it was answered. */
    isExcused = false;
    /** Whether something failed after which only who looks next can put things in order. */
    isBroken = false;
    /** What no work may do, and one did. */
    readonly wrongs: string[] = [];
    /** Runs under way on tasks that were not killed, by story. */
    readonly #running = new Map<string, { task: Task; userId: string }[]>();
    /** When the removal of a story began. */
    readonly #leaving = new Map<string, number>();
    /** Stories that somebody wanted removed. */
    readonly #unwanted = new Set<string>();
    #tokens = 0;
    #calls = 0;
    #stories = 0;

    constructor(seed: number) {
        this.turns = new Turns(seed);
    }

    async open(): Promise<void> {
        this.tasks = [this.#newTask(), this.#newTask()];
        const beats = Promise.all(this.tasks.map((task) => task.works.beat()));
        await this.turns.go();
        await beats;
        for (const person of PEOPLE) {
            void this.run(this.tasks[0] as Task, person);
        }
        await this.turns.go();
    }

    async kill(at: number): Promise<void> {
        this.isBroken = true;
        const task = this.disturb(at);
        task.border.isAlive = false;
        const fresh = this.#newTask();
        this.tasks[at] = fresh;
        void fresh.works.beat().catch(() => undefined);
    }

    /** The task does nothing for so long that it is taken for dead, and then goes on. */
    async hang(at: number): Promise<void> {
        const { border } = this.disturb(at);
        if (border.hangs) {
            return;
        }
        let goOn = () => {};
        border.hangs = new Promise((resolve) => {
            goOn = resolve;
        });
        await this.wait();
        border.hangs = undefined;
        goOn();
    }

    fail(at: number, faults: Fault[]): void {
        this.isBroken = true;
        this.disturb(at).border.faults.push(...faults);
    }

    disturb(at: number): Task {
        const task = this.tasks[at] as Task;
        this.isExcused = true;
        task.border.isDisturbed = true;
        return task;
    }

    /** So long that whoever shows no life meanwhile is dead. */
    async wait(): Promise<void> {
        for (let beat = 0; beat < 8; beat += 1) {
            await this.pass(2_000);
            for (let step = 0; step < 8; step += 1) {
                await this.turns.mine();
            }
        }
    }

    /** Time passes, and the tasks show that they live. */
    async pass(milliseconds: number): Promise<void> {
        await this.turns.mine();
        const before = Math.floor(this.turns.now / 2_000);
        this.turns.now += milliseconds;
        if (Math.floor(this.turns.now / 2_000) > before) {
            for (const task of this.tasks) {
                void task.works.beat().catch(() => undefined);
            }
        }
    }

    token(): string {
        this.#tokens += 1;
        return `token-${this.#tokens}`;
    }

    story(person: string, at: number): string | undefined {
        const heard = this.heard.get(person) ?? [];
        return heard[at % Math.max(heard.length, 1)];
    }

    /** Makes a story, or goes on with one. */
    async run(task: Task, userId: string, id?: string): Promise<void> {
        const fresh = this.#newStory(userId);
        const work = await task.works.begin(userId, id ?? fresh.session_id, "run");
        const running = this.#runs(task, userId, work.sessionId);
        try {
            const session = await this.#opened(task, work, id === undefined ? fresh : undefined);
            for (const agent_id of AGENT_IDS.slice(session.stages.length)) {
                work.signal.throwIfAborted();
                await this.#pay(`${session.session_id} ${agent_id}`, work);
                session.stages.push({ agent_id, execution_time_ms: 0, warnings: [] });
                if (session.stages.length === AGENT_IDS.length) {
                    session.status = "completed";
                    session.stages.at(-1)?.warnings.push("It has no picture.");
                }
                await this.#save(task, session);
            }
            if (!isWhole(session)) {
                await this.#pay(`${session.session_id} picture`, work);
                session.illustrations = withPictures(session.illustrations ?? [], [
                    { chapter_number: 1, key: "drawn" },
                ]);
                session.stages.at(-1)?.warnings.pop();
                await this.#save(task, session);
            }
        } catch (error) {
            work.isDoubtful = true;
            if (!task.border.isDisturbed && !this.#unwanted.has(work.sessionId)) {
                this.wrongs.push(`a run ended that nobody stopped: ${error}`);
            }
            throw error;
        } finally {
            running();
            await work.end();
        }
    }

    #newStory(userId: string): Session {
        this.#stories += 1;
        return {
            ...newSession(userId, newStoryBody.parse({ topic: "A fox" })),
            session_id: `story-${this.#stories}`,
            created_at: new Date(this.#stories * 1_000).toISOString(),
            stages: AGENT_IDS.slice(PAID_STAGES).map((_, at) => ({
                agent_id: AGENT_IDS[at] as (typeof AGENT_IDS)[number],
                execution_time_ms: 0,
                warnings: [],
            })),
            chapters: [{ chapter_number: 1, title: "A fox", lines: [{ speaker: "Narrator", text: "A fox." }] }],
        };
    }

    /** As the service's runs do. */
    async #opened(task: Task, { userId, sessionId, id: run }: Work, fresh: Session | undefined): Promise<Session> {
        if (fresh) {
            fresh.run = run;
            await this.#save(task, fresh);
            this.heard.get(userId)?.push(sessionId);
            return fresh;
        }
        const session = await task.sessions.load(userId, sessionId);
        if (!session) {
            throw new StoryGone();
        }
        return isWhole(session) ? session : task.sessions.claim(userId, sessionId, run);
    }

    /** A line or a picture of a finished story made again; the picture comes even when nobody waits for it any more. */
    async part(task: Task, userId: string, id: string): Promise<void> {
        const token = this.token();
        await asWork(task.works, { userId, sessionId: id, kind: "part" }, async (work) => {
            if ((await task.sessions.load(userId, id))?.status !== "completed") {
                throw new HttpError(409, "Not finished", "");
            }
            const drawn = this.#pay(token, work).then(() =>
                task.sessions.objects.write(`${jobPrefix(userId, id)}${token}.png`, "picture", "image/png"),
            );
            work.keep(drawn);
            await Promise.race([
                drawn,
                new Promise((_resolve, reject) => {
                    work.signal.addEventListener("abort", () => reject(work.signal.reason));
                }),
            ]);
            const isLine = this.turns.random(2) === 0;
            await task.sessions.edit(userId, id, (session) => {
                if (isLine) {
                    session.chapters?.[0]?.lines.push({ speaker: "Narrator", text: token });
                } else {
                    const { illustrations = [] } = session;
                    session.illustrations = [
                        ...illustrations,
                        { chapter_number: illustrations.length + 2, key: token },
                    ];
                }
            });
        });
        this.#promise(id, token);
    }

    async choose(task: Task, userId: string, id: string): Promise<void> {
        const token = this.token();
        await asWork(task.works, { userId, sessionId: id, kind: "change" }, async () => {
            if (!(await task.sessions.load(userId, id))) {
                throw new HttpError(404, "Not found", "");
            }
            await task.sessions.choose(userId, id, ({ approved_scenes }) => ({
                approved_scenes: [...approved_scenes, token],
            }));
        });
        this.#promise(id, token);
    }

    /** Several parts of a story at once, on both tasks. */
    async parts(_task: Task, userId: string, id: string): Promise<void> {
        await Promise.allSettled(this.tasks.map((task) => this.part(task, userId, id)));
    }

    async chooseBoth(_task: Task, userId: string, id: string): Promise<void> {
        await Promise.allSettled(this.tasks.map((task) => this.choose(task, userId, id)));
    }

    async remove(task: Task, userId: string, id: string): Promise<void> {
        const begun = this.turns.now;
        this.#unwanted.add(id);
        await task.sessions.remove(userId, id);
        this.#leaving.set(id, Math.min(begun, this.#leaving.get(id) ?? begun));
        this.deleted.add(id);
    }

    async list(task: Task, userId: string): Promise<Record<string, unknown>[]> {
        const stories: Record<string, unknown>[] = [];
        let next: string | undefined;
        do {
            const page = await task.sessions.list(userId, 2, next);
            stories.push(...page.stories);
            next = page.next;
        } while (next);
        return stories;
    }

    #newTask(): Task {
        return new Task(this.cloud, this.turns, (milliseconds) => this.pass(milliseconds));
    }

    /** As the pipeline does: what has failed may have been stored, and is tried again. */
    async #save(task: Task, session: Session): Promise<void> {
        for (let attempt = 1; ; attempt += 1) {
            try {
                return await task.sessions.saveRun(session);
            } catch (error) {
                if (error instanceof StoryChanged && this.#stored(session) === JSON.stringify(session)) {
                    this.wrongs.push("a run took what it stored itself for another's");
                }
                if (error instanceof StoryChanged || error instanceof StoryGone || attempt === 3) {
                    throw error;
                }
            }
        }
    }

    #stored({ user_id, session_id }: Session): string {
        return String(this.cloud.objects.get(`AIWorkflow/${user_id}/${session_id}/session.json`)?.body);
    }

    /** Counts a run, until what is returned is called. */
    #runs(task: Task, userId: string, id: string): () => void {
        const own = { task, userId };
        const all = this.#running.get(id) ?? [];
        this.#running.set(id, [...all, own]);
        const living = (those: { task: Task }[]) => those.filter((one) => one.task.border.isAlive);
        if (!this.isExcused) {
            const runs = living([...this.#running.values()].flat()) as (typeof own)[];
            if (living(all).length > 0) {
                this.wrongs.push("a story was made by two at once");
            }
            if (runs.filter((one) => one.userId === userId).length > LIMITS.perUser.run) {
                this.wrongs.push("a person had more runs than they may");
            }
            if (runs.length > LIMITS.total) {
                this.wrongs.push("the stack had more runs than it may");
            }
        }
        return () => {
            this.#running.set(
                id,
                (this.#running.get(id) ?? []).filter((one) => one !== own),
            );
        };
    }

    /** A call of a function, which records it, and goes on when nobody waits for it. */
    async #pay(call: string, work: Work): Promise<void> {
        const { userId, sessionId } = work;
        this.paid.set(call, (this.paid.get(call) ?? 0) + 1);
        if (!this.isExcused && this.turns.now - (this.#leaving.get(sessionId) ?? this.turns.now) > UNWANTED_MS) {
            this.wrongs.push("a model was asked for a story that had been removed");
        }
        this.#calls += 1;
        const row = { user_id: userId, session_id: `${callKeyPrefix(sessionId)}${this.#calls}` };
        this.cloud.rows.set(`${userId} ${row.session_id}`, row);
        const isLong = this.turns.random(8) === 0;
        for (let step = this.turns.random(2) * this.turns.random(60) + 3; step > 0; step -= 1) {
            await (isLong ? this.pass(500) : this.turns.mine());
        }
    }

    #promise(id: string, token: string): void {
        this.promised.set(id, [...(this.promised.get(id) ?? []), token]);
    }
}

const deed = fc.record({
    does: fc.oneof(
        { weight: 5, arbitrary: fc.constant("run" as const) },
        { weight: 3, arbitrary: fc.constant("part" as const) },
        { weight: 2, arbitrary: fc.constant("parts" as const) },
        { weight: 2, arbitrary: fc.constant("choose" as const) },
        { weight: 1, arbitrary: fc.constant("chooseBoth" as const) },
        { weight: 4, arbitrary: fc.constant("remove" as const) },
        { weight: 2, arbitrary: fc.constant("resume" as const) },
        { weight: 2, arbitrary: fc.constant("list" as const) },
        { weight: 1, arbitrary: fc.constant("kill" as const) },
        { weight: 2, arbitrary: fc.constant("fail" as const) },
        { weight: 1, arbitrary: fc.constant("hang" as const) },
        { weight: 1, arbitrary: fc.constant("wait" as const) },
    ),
    person: fc.constantFrom("ann", "ann", "bob"),
    task: fc.nat(1),
    story: fc.nat(1),
    /** How far everything goes on before the next deed. */
    steps: fc.oneof(fc.nat(12), fc.nat(60), fc.constant(400)),
    faults: fc.array(fc.constantFrom<Fault>("none", "none", "none", "refused", "answer lost", "sent twice"), {
        minLength: 1,
        maxLength: 12,
    }),
});
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

async function live(seed: number, deeds: Deed[]): Promise<Service> {
    const service = new Service(seed);
    await service.open();
    for (const { does, person, task: at, story, steps, faults } of deeds) {
        const task = service.tasks[at] as Task;
        const id = service.story(person, story);
        const done = (() => {
            switch (does) {
                case "run":
                    return service.run(task, person);
                case "list":
                    return service.list(task, person);
                case "kill":
                case "hang":
                    return service[does](at);
                case "fail":
                    return service.fail(at, faults);
                case "wait":
                    return service.wait();
                default:
                    return id && (does === "resume" ? service.run(task, person, id) : service[does](task, person, id));
            }
        })();
        void Promise.resolve(done).catch(() => undefined);
        await service.turns.go(steps);
    }
    // Everything heals, ends, and is looked at once more.
    for (const task of service.tasks) {
        task.border.faults = [];
    }
    for (let beat = 0; beat < 12; beat += 1) {
        void service.pass(2_000);
        await service.turns.go();
    }
    if (!service.isBroken) {
        expectOrder(service, "before anybody looks");
    }
    for (const person of PEOPLE) {
        const looked = service.list(service.tasks[0] as Task, person).catch(() => []);
        await service.turns.go();
        await looked;
    }
    return service;
}

/** The bucket, the table's rows of stories and the work rows agree. */
function expectOrder({ cloud, deleted }: Service, when: string): void {
    for (const person of PEOPLE) {
        const stories = [...cloud.objects].flatMap(([key, { body }]) => {
            const isStory = key.startsWith(`AIWorkflow/${person}/`) && key.endsWith("/session.json");
            return isStory ? [JSON.parse(String(body)) as Session] : [];
        });
        const rows = [...cloud.rows.values()].filter((row) => row.user_id === person && row.route === PIPELINE_ROUTE);
        expect(
            rows.map(({ job_id, revision }) => `${job_id} ${revision}`).sort(),
            `the rows are those of what is there, ${when}`,
        ).to.deep.equal(stories.map(({ session_id, revision }) => `${session_id} ${revision}`).sort());
        const workRow = cloud.rows.get(`${person} #desk`);
        expect(workRow?.works ?? {}, `nothing is under way, ${when}`).to.deep.equal({});
        expect(workRow?.removals ?? {}, `nothing is being removed, ${when}`).to.deep.equal({});
        const own = stories.map(({ session_id }) => session_id);
        for (const key of cloud.objects.keys()) {
            const [, owner, id] =
                /^AIWorkflow\/(\w+)\/([^/]+)\//.exec(key) ?? /^users\/(\w+)\/jobs\/([^/]+)\//.exec(key) ?? [];
            expect(owner !== person || own.includes(id ?? ""), `${key} belongs to a story, ${when}`).to.equal(true);
        }
    }
    const all = `${[...cloud.objects.keys()].join()} ${JSON.stringify([...cloud.rows.values()])} `;
    for (const id of deleted) {
        expect(all, `what was deleted stays so, ${when}`).to.not.match(new RegExp(`${id}\\D`));
    }
}

async function check(service: Service): Promise<void> {
    const { cloud, tasks, turns } = service;
    expectOrder(service, "at the end");
    for (const person of PEOPLE) {
        const looking = service.list(tasks[1] as Task, person);
        await turns.go();
        const shown = await looking;
        const stored = [...cloud.objects.keys()].flatMap(
            (key) => new RegExp(`^AIWorkflow/${person}/([^/]+)/session\\.json$`).exec(key)?.slice(1) ?? [],
        );
        expect(shown.map((story) => String(story.session_id)).sort(), "the list is what is there").to.deep.equal(
            stored.sort(),
        );
    }
    expect(service.wrongs.join()).to.equal("");
    for (const [id, tokens] of service.promised) {
        const texts = ["session", "choices"].map((file) =>
            [...cloud.objects]
                .filter(([key]) => key.endsWith(`/${id}/${file}.json`))
                .map(([, { body }]) => String(body)),
        );
        for (const token of texts.flat().length > 0 ? tokens : []) {
            expect(texts.flat().join(), "what was answered 200 is there").to.include(`"${token}"`);
        }
    }
    if (!service.isExcused) {
        expect(Math.max(0, ...service.paid.values()), "nothing is paid twice").to.be.at.most(1);
    }
}

describe("the stories of two people on two tasks", function () {
    this.timeout(900_000);

    for (const seed of SEEDS) {
        it(`are listed where they are there, stay deleted, and keep what was promised, whatever happens (${seed})`, () =>
            fc.assert(
                fc.asyncProperty(
                    fc.integer({ min: 1 }),
                    fc.array(deed, { minLength: 1, maxLength: 14 }),
                    async (first, deeds) => check(await live(first, deeds)),
                ),
                // Mocha's processes pass on an error's message alone, not its cause.
                { numRuns: SEQUENCES, seed, includeErrorInReport: true },
            ));
    }

    it("are not written any more by a run that another one has taken the story over from", async () => {
        const service = new Service(1);
        await service.open();
        const { turns, tasks } = service;
        const done = async <T>(what: Promise<T>): Promise<T> => {
            await turns.go();
            return what;
        };
        const [late = expect.fail(), next = expect.fail()] = tasks;
        const id = service.story("ann", 0) ?? expect.fail();
        const old = await done(late.sessions.claim("ann", id, "late"));
        await done(next.sessions.claim("ann", id, "next"));
        const refused = await done(late.sessions.saveRun(old).catch((error: unknown) => error));
        expect(refused).to.be.instanceOf(StoryChanged);
        const fresh = (await done(next.sessions.load("ann", id))) ?? expect.fail();
        await done(next.sessions.saveRun(fresh));
    });
});
