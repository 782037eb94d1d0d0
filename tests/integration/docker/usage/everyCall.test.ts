/** The ledger of 200 stories, made by the code that makes them while everything fails now and then, against what was told. */
import { expect } from "chai";
import pLimit from "p-limit";
import * as z from "zod";
import { dayOf, sumOf } from "../../../../contract/usage.ts";
import { Ledger } from "../../../../docker/shared/usage/ledger.ts";
import { Meter } from "../../../../docker/shared/usage/meter.ts";
import type { Agents } from "../../../../docker/story-generator/agents/ask.ts";
import type { NarrationFiles, NarrationRecord } from "../../../../docker/story-generator/narration/record.ts";
import type { FaultInput } from "../../../../standins/upstreams/faults.ts";
import { startUpstreams, type Upstreams } from "../../../../standins/upstreams/server.ts";
import { startEmulator } from "../../../kit/agent/dependencies.ts";
import { FaultyAws } from "../../../kit/agent/faultyAws.ts";
import { createUsageTable, documentClient, USAGE_TABLE } from "../../../kit/usage.ts";

const STORIES = 200;
const PERSONS = 10;
const CONCURRENCY = 16;
const NOVA = "us.amazon.nova-pro-v1:0";

const FAULTS: FaultInput[] = [
    { upstream: "bedrock", kind: "throttle", retryAfter: 0, after: 20, times: 6 },
    { upstream: "bedrock", kind: "breakOff", after: 60, times: 8 },
    { upstream: "bedrock", kind: "down", after: 90, times: 5 },
    { upstream: "bedrock", kind: "nonsense", after: 120, times: 15 },
    { upstream: "bedrock", kind: "error", status: 500, after: 170, times: 8 },
    { upstream: "bedrock", kind: "error", midway: true, after: 200, times: 8 },
    { upstream: "bedrock", kind: "garbage", after: 230, times: 4 },
    { upstream: "bedrock", kind: "empty", after: 260, times: 6 },
    { upstream: "bedrock", kind: "refuse", after: 290, times: 6 },
    { upstream: "gemini", kind: "throttle", after: 5, times: 4 },
    { upstream: "gemini", kind: "empty", after: 15, times: 4 },
    { upstream: "gemini", kind: "refuse", after: 25, times: 4 },
    { upstream: "gemini", kind: "breakOff", after: 35, times: 3 },
    { upstream: "duckduckgo", kind: "throttle", after: 20, times: 10 },
    { upstream: "duckduckgo", kind: "down", after: 60, times: 10 },
    { upstream: "tts", kind: "error", after: 3, times: 3 },
    { upstream: "tts", kind: "down", after: 9, times: 2 },
];

describe("the ledger of 200 stories", function () {
    this.timeout(240_000);
    let upstreams: Upstreams;
    let border: FaultyAws;
    let stopEmulator: () => Promise<void>;
    let ledger: Ledger;
    let make: (story: string, index: number) => Promise<unknown>;

    before(async () => {
        upstreams = await startUpstreams();
        const emulator = await startEmulator();
        stopEmulator = emulator.stop;
        await createUsageTable(emulator.url);
        border = await FaultyAws.before(emulator);
        ledger = new Ledger(documentClient(border.url), USAGE_TABLE);
        Object.assign(process.env, {
            AWS_REGION: "us-east-1",
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
            AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreams.bedrockUrl,
            GOOGLE_GEMINI_BASE_URL: upstreams.geminiUrl,
        });
        make = await maker(upstreams);
    });
    after(async () => {
        border?.stop();
        await upstreams?.stop();
        await stopEmulator?.();
    });

    it("is what the upstreams say that they were used for, to the token", async () => {
        for (const fault of FAULTS) {
            upstreams.control.fault(fault);
        }
        let writes = 0;
        border.fails = (name) => {
            writes += name === "UpdateItem" ? 1 : 0;
            return name === "UpdateItem" && writes % 11 === 0;
        };
        border.losesAnswer = (name) => name === "UpdateItem" && writes % 7 === 0;
        const meter = new Meter({
            ledger,
            pricing: { region: "us-east-1", own: {} },
            onUsed: () => undefined,
            onError: () => undefined,
        });
        const limit = pLimit(CONCURRENCY);
        const day = dayOf(new Date());
        await Promise.all(
            Array.from({ length: STORIES }, (_, index) =>
                limit(() =>
                    meter.as({ userId: `person-${index % PERSONS}`, story: `story-${index}` }, () =>
                        make(`story-${index}`, index),
                    ),
                ),
            ),
        );
        border.losesAnswer = () => false;
        border.fails = () => false;

        await meter.flush();
        expect(border.lost).to.be.above(100);
        for (const { kind, upstream, happened, times } of upstreams.control.faults()) {
            expect(happened, `${upstream} ${kind}`).to.equal(times);
        }
        const rows = [
            ...(await ledger.ofDay(day)),
            ...(await ledger.ofDay(dayOf(new Date(Date.parse(day) + 86_400_000)))),
        ];
        const { input_tokens, output_tokens, image_tokens, pictures, searches, speech_ms, ...others } = sumOf(rows);
        expect({ input_tokens, output_tokens, image_tokens, pictures, searches, speech_ms }).to.deep.equal(
            upstreams.control.usage(),
        );
        expect(
            rows.reduce((sum, { open }) => sum + open, 0),
            "calls without an end",
        ).to.equal(0);
        expect(others.unmetered, "calls that broke off").to.be.above(10);
        expect(others.nano_usd).to.be.above(0);
        // Speech has no known price.
        expect(others.unpriced).to.equal(
            sumOf(rows.filter(({ model }) => model === "speech")).calls -
                sumOf(rows.filter(({ model }) => model === "speech")).unmetered,
        );

        // By person and by story it is the same again.
        const persons = await Promise.all(
            Array.from({ length: PERSONS }, (_, at) => ledger.ofDay(day, `person-${at}`)),
        );
        const ofStories = await Promise.all(
            Array.from({ length: STORIES }, (_, at) => ledger.ofStory(`person-${at % PERSONS}`, `story-${at}`)),
        );
        expect(sumOf(persons.flat())).to.deep.equal(sumOf(rows));
        expect(sumOf(ofStories.flat())).to.deep.equal(sumOf(rows));
    });
});

/** Makes a story as small as it can be, by the code of the service and of the functions; what fails is left out. */
async function maker(upstreams: Upstreams): Promise<(story: string, index: number) => Promise<unknown>> {
    const { createBedrock } = await import("../../../../docker/shared/bedrock.ts");
    const { createPictureMaker } = await import("../../../../docker/shared/pictures.ts");
    const { TtsClient } = await import("../../../../docker/shared/tts.ts");
    const { Agents: Asked } = await import("../../../../docker/story-generator/agents/ask.ts");
    const { createModels } = await import("../../../../docker/story-generator/agents/models.ts");
    const { speakAll } = await import("../../../../docker/story-generator/narration/speak.ts");
    const { duckDuckGo } = await import("../../../../docker/story-generator/tools/duckduckgo.ts");
    const { meteredEngine } = await import("../../../../docker/story-generator/tools/webSearch.ts");
    const { textHandlers } = await import("../../../../docker/story-text-regen/handlers.ts");
    const clientConfig = {
        endpoint: upstreams.bedrockUrl,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 2,
    };
    const agents: Agents = new Asked(
        createModels({ modelIds: [NOVA], maxTokens: 4_096, region: "us-east-1", clientConfig }),
        100_000,
        () => undefined,
    );
    const topics = textHandlers({
        bedrock: createBedrock(),
        models: [NOVA],
        maxTokens: 4_096,
        onFailedModel: () => undefined,
    }).find(({ operation }) => operation.name === "generateTopicsIdeas");
    const painter = createPictureMaker("google-key", "gemini-nano-banana-2.1");
    const search = meteredEngine("duckduckgo", duckDuckGo(upstreams.duckduckgoUrl));
    const tts = new TtsClient({ baseUrl: upstreams.ttsUrl });
    const files = {
        spoken: async () => new Map(),
        pieceKey: (id: string) => id,
        objects: { write: async () => undefined },
    } as unknown as NarrationFiles;
    const answer = z.object({ title: z.string().max(200) });
    const signal = AbortSignal.timeout(220_000);
    const caller = { sub: "ann", email: "", username: "ann" };
    return (story, index) => {
        const values = { characters: 3, chapters: 3 };
        const speak = () =>
            speakAll(
                tts,
                pLimit(1),
                files,
                {
                    pieces: [{ id: story, text: `It was ${index}.`, voice: "en-Alice_woman", pause: 0 }],
                } as NarrationRecord,
                "key",
                signal,
                async () => undefined,
            );
        return Promise.allSettled([
            agents.ask({ agent: "planning", values, data: { story }, answer, signal }),
            topics?.handle({ genre: "fiction", topics: story }, caller, signal, { id: story, isNamed: false }),
            search(story, signal),
            ...(index % 4 === 0 ? [painter.draw(story, [], signal)] : []),
            ...(index % 10 === 0 ? [speak()] : []),
        ]);
    };
}
