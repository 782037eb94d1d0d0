/** Makes a saved story again from a stage, with the code that is served: for `--replay SESSION --from STAGE`. */
import { join } from "node:path";
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { pathOf } from "../../../contract/agentRoutes.ts";
import { storyPrefix } from "../../../contract/defaults.ts";
import { AGENT_IDS, type AgentId } from "../../../docker/story-generator/pipeline/events.ts";
import { type Session, session as sessionSchema } from "../../../docker/story-generator/pipeline/session.ts";
import { Client } from "../../demo/client.ts";
import { readJson } from "../../lib/files.ts";
import { duration, type Screen } from "../../lib/screen.ts";
import { OPERATOR } from "../clients.ts";
import type { RuntimeFile } from "../main.ts";
import { keptUser } from "../user.ts";

type Result = "research" | "plan" | "chapters" | "voices" | "narration" | "illustrations";

/** What each stage adds to a story. The editor changes what the writer wrote: it gets its own text once more. */
const RESULTS: Record<AgentId, Result[]> = {
    system_start: [],
    research: ["research"],
    planning: ["plan"],
    writer: ["chapters"],
    editor: [],
    voice: ["voices"],
    audio: ["narration"],
    system_end: ["illustrations"],
};

/** The story and the stage to begin at. */
export interface ReplayOf {
    session: string;
    from: AgentId;
}

export class Replay {
    readonly #s3: S3Client;
    readonly #object: { Bucket: string; Key: string };
    readonly #story: Session;
    readonly #client: Client;
    readonly #screen: Screen;
    #turn: Promise<void> = Promise.resolve();

    private constructor(
        s3: S3Client,
        object: { Bucket: string; Key: string },
        story: Session,
        client: Client,
        screen: Screen,
    ) {
        this.#s3 = s3;
        this.#object = object;
        this.#story = story;
        this.#client = client;
        this.#screen = screen;
    }

    /**
     * @param stateDir the folder of a local cloud that runs
     * @throws when its user has no such story, or the story has not come to the stage
     */
    static async open(of: ReplayOf, stateDir: string, screen: Screen, signal: AbortSignal): Promise<Replay> {
        const local = readJson<{ outputs: { s3_bucket_name: string } }>(join(stateDir, "local.json"));
        const runtime = readJson<RuntimeFile>(join(stateDir, "runtime.json"));
        if (!local || !runtime) {
            throw new Error("The local cloud does not run.");
        }
        const Bucket = local.outputs.s3_bucket_name;
        const endpoint = `http://127.0.0.1:${runtime.awsPort}`;
        const s3 = new S3Client({ endpoint, region: runtime.region, credentials: OPERATOR, forcePathStyle: true });
        const Key = await keyOf(of.session, s3, Bucket);
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const story = sessionSchema.parse(JSON.parse((await Body?.transformToString()) ?? ""));
        const client = new Client(`http://127.0.0.1:${runtime.port}`, signal);
        await client.signIn(keptUser(stateDir));
        return new Replay(s3, { Bucket, Key }, storyBefore(of.from, story), client, screen);
    }

    /** Makes the story again, after a run that is under way. */
    run(): void {
        this.#turn = this.#turn.then(() => this.#run());
    }

    async close(): Promise<void> {
        await this.#turn;
        this.#s3.destroy();
    }

    async #run(): Promise<void> {
        const since = Date.now();
        const { session_id, stages: finished } = this.#story;
        try {
            await this.#s3.send(
                new PutObjectCommand({
                    ...this.#object,
                    Body: JSON.stringify(this.#story),
                    ContentType: "application/json",
                }),
            );
            await this.#client.stream("Replay", pathOf("generateStory"), { session_id }, (event) => {
                const { type, agent_id, execution_time_ms, message } = event as unknown as StoryEvent;
                if (type === "agent_complete" && !finished.some((stage) => stage.agent_id === agent_id)) {
                    this.#screen.line(`  ${agent_id} (${duration(execution_time_ms ?? 0)})`);
                } else if (type === "error") {
                    throw new Error(message);
                }
            });
            this.#screen.line(`✓ ${session_id}: made again (${duration(Date.now() - since)})`);
        } catch (error) {
            this.#screen.line(`✗ ${session_id}: not made again: ${(error as Error).message}`);
        }
    }
}

interface StoryEvent {
    type: string;
    agent_id?: AgentId;
    execution_time_ms?: number;
    message?: string;
}

/** The key of a story's object. Throws when there is no such story. */
async function keyOf(session: string, s3: S3Client, Bucket: string): Promise<string> {
    const ids: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2(
        { client: s3 },
        { Bucket, Prefix: `${storyPrefix}/` },
    )) {
        for (const { Key = "" } of Contents) {
            const [, id] = /\/([^/]+)\/session\.json$/.exec(Key) ?? [];
            if (id === session) {
                return Key;
            }
            ids.push(...(id ? [id] : []));
        }
    }
    throw new Error(`There is no story ${session}; there are ${ids.slice(0, 10).join(", ") || "none yet"}.`);
}

/** A story as it was before a stage. Throws when it has not come to the stage. */
export function storyBefore(from: AgentId, story: Session): Session {
    const at = AGENT_IDS.indexOf(from);
    const missing = AGENT_IDS.slice(0, at).filter((id) => !story.stages.some(({ agent_id }) => agent_id === id));
    if (missing.length > 0) {
        throw new Error(`The story has not come to ${from} yet: ${missing.join(", ")} is not done.`);
    }
    const again = AGENT_IDS.slice(at);
    const copy: Session = { ...story, status: "running" };
    copy.stages = story.stages.filter(({ agent_id }) => !again.includes(agent_id));
    for (const result of again.flatMap((id) => RESULTS[id])) {
        delete copy[result];
    }
    return copy;
}
