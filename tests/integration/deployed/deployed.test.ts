import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
    GetFunctionConfigurationCommand,
    InvokeCommand,
    LambdaClient,
    PublishVersionCommand,
    UpdateAliasCommand,
    UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { execa } from "execa";
import { isListening } from "../../../local/lib/ports.ts";
import { startRuntime } from "../../../local/runtime/runtime.ts";
import type { SpanLine } from "../../../standins/upstreams/traces.ts";
import { type Person, Stage, visualStory, wish } from "../../kit/deployed/stage.ts";
import { mountsIn, portsOf, processesOf, sharedFiles } from "../../kit/deployed/traces.ts";
import { CloudCopy } from "../../kit/local/cloudCopy.ts";
import { rolePolicies } from "../../kit/rolePolicies.ts";
import { describeContract } from "./contract.suite.ts";
import { describeIntruders } from "./intruders.suite.ts";
import { describeLoad } from "./load.suite.ts";
import { describeSite } from "./site.suite.ts";

const OUTLINE = { ...visualStory, job_id: "test", user_input_description: "A fox in the rain" };

/** One local cloud with images built, from a fresh folder and its demo to its removal: each part finds what the last one left. */
describe("What is deployed to the local cloud", function () {
    this.timeout(600_000);
    let sharedBefore: string[];
    let cloud: CloudCopy;
    let stage: Stage;
    let reader: Person;
    const demoFile = (name: string) => readFileSync(join(cloud.folder, "demo", name));
    const runtimeFile = () => JSON.parse(readFileSync(join(cloud.stateDir, "runtime.json"), "utf8"));
    const outline = () => stage.post("/generate-story-outline", OUTLINE, reader.token);
    const pictures = () => stage.post("/generate-story-image", PICTURES, reader.token);

    before(async () => {
        sharedBefore = sharedFiles();
        cloud = await CloudCopy.make();
        stage = await Stage.up(cloud, "--demo", join(cloud.folder, "demo"));
        reader = await stage.reader();
    });
    after(async () => {
        await cloud?.remove();
    });

    describe("for a start", () => {
        it("recorded the making of its story as one trace, of which each span's parent is there, and no secret", () => {
            const text = readFileSync(join(cloud.stateDir, "traces.jsonl"), "utf8");
            const spans = text
                .trimEnd()
                .split("\n")
                .map((line): SpanLine => JSON.parse(line));
            const run = spans.find(({ name }) => name === "invoke_workflow story") ?? expect.fail("there is no run");
            const story = spans.filter(({ trace_id }) => trace_id === run.trace_id);
            const ids = new Map(story.map((span) => [span.span_id, span]));
            expect(story.filter(({ parent_id }) => !ids.has(parent_id ?? "")).map(({ name }) => name)).to.deep.equal([
                "POST /api/v1/story/generate-pipeline",
            ]);
            expect(story.map(({ name }) => name)).to.include.members([
                ...["research", "planning", "writer", "editor", "voice", "audio"].map((stage) => `stage ${stage}`),
                "invoke_agent writer",
                "execute_tool web_search duckduckgo",
            ]);
            const by = (name: string) => story.filter((span) => span.name.startsWith(name));
            for (const { attributes } of [...by("chat "), ...by("generate_content gemini")]) {
                expect(attributes).to.include.keys(
                    "gen_ai.provider.name",
                    "gen_ai.request.model",
                    "gen_ai.usage.input_tokens",
                    "gen_ai.usage.output_tokens",
                    "gen_ai.response.finish_reasons",
                );
                expect(attributes["gen_ai.conversation.id"]).to.equal(run.attributes["gen_ai.conversation.id"]);
            }
            // A picture is drawn by the function behind the gateway, for the stage that asked for it.
            const [picture] = by("generate_content gemini");
            const chain: string[] = [];
            for (let span = picture; span; span = ids.get(span.parent_id ?? "")) {
                chain.push(`${span.service}: ${span.name.split(" ").slice(0, 2).join(" ")}`);
            }
            expect(chain.slice(1)).to.deep.equal([
                "story-image-regen: POST /generate-story-image",
                "story-generator: generateStoryImage",
                "story-generator: stage system_end",
                "story-generator: invoke_workflow story",
                "story-generator: POST /api/v1/story/generate-pipeline",
            ]);
            for (const secret of [reader.token, reader.email, "google-key", "Bearer", "http://", "eyJ"]) {
                expect(text).to.not.contain(secret);
            }
        });

        it("follows a story from its caller to each model, picture, voice and search, with what it cost and no word of it", async () => {
            const traceId = randomBytes(16).toString("hex");
            const caller = randomBytes(8).toString("hex");
            const headers = { traceparent: `00-${traceId}-${caller}-01` };
            const events = await stage.story(wish("A heron who mends umbrellas"), reader.token, headers);
            const id = events.at(-1)?.session_id ?? expect.fail("no story");
            expect((await stage.post(`/api/v1/audio/generate/${id}`, {}, reader.token, headers)).status).to.equal(200);
            const narration = async () =>
                (await (await stage.get(`/api/v1/audio/status/${id}`, reader.token)).json()) as { status: string };
            while ((await narration()).status !== "ready") {
                await sleep(200);
            }
            const { spans, calls } = await stage.trace(traceId);
            const ids = new Set(spans.map(({ span_id }) => span_id));
            const roots = spans.filter(({ parent_id }) => !ids.has(parent_id ?? ""));
            expect(roots.map(({ name, parent_id }) => `${name} ${parent_id}`)).to.have.members([
                `POST /api/v1/story/generate-pipeline ${caller}`,
                `POST /api/v1/audio/generate/:id ${caller}`,
            ]);
            expect(new Set(spans.map(({ service }) => service))).to.include.keys(
                "story-generator",
                "story-text-regen",
                "story-image-regen",
            );
            const kinds = {
                bedrock: spans.filter(({ name }) => name.startsWith("chat ")),
                gemini: spans.filter(({ name }) => name.startsWith("generate_content gemini")),
                tts: spans.filter(({ name }) => name === "generate_content"),
                duckduckgo: spans.filter(({ name }) => name.startsWith("execute_tool web_search")),
            };
            for (const [upstream, made] of Object.entries(kinds)) {
                expect(made.length, upstream).to.be.above(0);
                // Search engines are not told of traces.
                const called = calls.filter((call) => call.upstream === upstream && call.path !== "/voices");
                expect(called.length, upstream).to.equal(upstream === "duckduckgo" ? 0 : made.length);
                for (const { name, attributes } of made) {
                    expect(attributes["gen_ai.conversation.id"], name).to.equal(id);
                    const isKnown = upstream !== "tts";
                    expect(attributes, name).to.have.property(isKnown ? "story42.cost.usd" : "story42.cost.unknown");
                }
            }
            for (const { name, attributes } of [...kinds.bedrock, ...kinds.gemini]) {
                expect(name).to.equal(`${attributes["gen_ai.operation.name"]} ${attributes["gen_ai.request.model"]}`);
                expect(attributes["gen_ai.usage.input_tokens"], name).to.be.above(0);
                expect(attributes["gen_ai.usage.output_tokens"], name).to.be.above(0);
            }
            // Models are called by the stack's own profile, and told of by their own name.
            const ofBedrock = calls.filter(({ upstream }) => upstream === "bedrock").map(({ path }) => path);
            for (const path of ofBedrock) {
                expect(decodeURIComponent(path)).to.match(
                    /^\/model\/arn:aws:bedrock:.+:application-inference-profile\//,
                );
            }
            expect(kinds.bedrock.map(({ name }) => name)).to.include("chat us.amazon.nova-pro-v1:0");
            const { usage } = (await (await stage.get(`/api/v1/stories/${id}`, reader.token)).json()) as {
                usage: { usd: number; input_tokens: number };
            };
            const cost = spans.reduce((sum, { attributes }) => sum + Number(attributes["story42.cost.usd"] ?? 0), 0);
            expect(cost).to.be.closeTo(usage.usd, 1e-6);
            const text = JSON.stringify(spans);
            for (const word of ["heron", "umbrella", reader.token, reader.email]) {
                expect(text.toLowerCase()).to.not.contain(word.toLowerCase());
            }
        });

        it("made a demo: Markdown and HTML with pictures, the audio, each request's time", () => {
            const markdown = demoFile("story.md").toString();
            const pictures = [...markdown.matchAll(/!\[.*?\]\((.+?)\)/g)].map(([, file = ""]) => file);
            expect(pictures).to.have.length(3);
            for (const file of pictures) {
                expect(demoFile(file).toString("latin1", 1, 4)).to.equal("PNG");
                expect(demoFile("story.html").toString()).to.include(`src="${file}"`);
            }
            const audio = demoFile("narration.wav");
            expect(audio.toString("latin1", 0, 4)).to.equal("RIFF");
            expect(audio.length).to.be.above(48_000 * 20);
            const requests: { name: string; status: number; milliseconds: number }[] = JSON.parse(
                demoFile("requests.json").toString(),
            );
            expect(requests.map(({ name }) => name)).to.include.members([
                "Sign in",
                "Outline",
                "Story",
                "Pictures",
                "Pipeline",
                "Audio",
            ]);
            expect(requests.every(({ status, milliseconds }) => status === 200 && milliseconds >= 0)).to.equal(true);
        });

        it("serves the site with its routes and its security headers", async () => {
            const page = await stage.get("/");
            expect(await page.text()).to.include("<html");
            expect(page.headers.get("content-security-policy")).to.include("default-src 'self'");
            expect(page.headers.get("x-content-type-options")).to.equal("nosniff");
            expect(await (await stage.get("/stories/one")).text()).to.include("<html");
            expect((await stage.get("/assets/missing.js")).status).to.be.within(403, 404);
        });
    });

    describeSite(() => stage);
    describeContract(() => stage);
    describe("for others", () => describeIntruders(() => stage));
    describeLoad(() => stage);

    describe("in an operator's hands", () => {
        it("lets an upstream's fault reach the client as the contract says", async () => {
            await stage.fault({ upstream: "bedrock", kind: "throttle", times: 0 });
            const throttled = await outline();
            await stage.heal();
            expect(throttled.status).to.equal(429);
            expect((await outline()).status).to.equal(200);
        });

        it("runs the functions with their own roles: a right that is taken away is missed", async () => {
            const iam = stage.client(IAMClient);
            const role = "story-42-story-image-lambda-execution-local";
            const [policy = expect.fail("no policy")] = await rolePolicies(iam, role, "images");
            await iam.send(new DeleteRolePolicyCommand(policy));
            const without = await pictures();
            await iam.send(new PutRolePolicyCommand(policy));
            expect(without.status).to.be.within(500, 503);
            expect((await pictures()).status).to.equal(200);
        });

        it("gives a person's data out, and removes all of it, when the operator invokes the data operations", async () => {
            const [person, other] = [await stage.person("leaving"), await stage.person("staying")];
            const of = async (user_id: string, operation: string) => {
                const { Payload, FunctionError } = await stage.client(LambdaClient).send(
                    new InvokeCommand({
                        FunctionName: cloud.local().outputs.data_ops_function_name,
                        Payload: JSON.stringify({ operation, user_id }),
                    }),
                );
                const answer = JSON.parse(Buffer.from(Payload ?? []).toString());
                expect(FunctionError, JSON.stringify(answer)).to.equal(undefined);
                expect(answer.success, JSON.stringify(answer)).to.equal(true);
                return answer.result;
            };
            const objectsOf = async ({ sub }: Person) => {
                const bucket = { Bucket: cloud.local().outputs.s3_bucket_name };
                const { Contents = [] } = await stage.client(S3Client).send(new ListObjectsV2Command(bucket));
                return Contents.filter(({ Key }) => Key?.includes(sub)).length;
            };
            for (const { token } of [person, other]) {
                await stage.story(wish("A fox who leaves"), token);
            }
            const { archive, usage, objects, sessions } = await of(person.sub, "export_user_data");
            expect(archive).to.match(/^s3:\/\/.+\.zip$/);
            expect(usage).to.be.at.least(3);
            expect(objects).to.be.at.least(4);
            expect(sessions).to.be.at.least(1);
            const kept = await objectsOf(other);
            expect(await of(person.sub, "delete_user_data")).to.include({ complete: true });
            expect(await objectsOf(person)).to.equal(0);
            expect(await objectsOf(other)).to.equal(kept);
            const list = await stage.get("/api/v1/stories/list", person.token);
            expect(await list.json()).to.include({ count: 0 });
            expect(await (await stage.get("/api/v1/stories/list", other.token)).json()).to.include({ count: 1 });
        });

        it("serves a changed source after the next deployment, and what was there before after going back", async () => {
            const health = async () => (await stage.get("/api/v1/auth/health")).json();
            const before = cloud.local().outputs.image_refs;
            const source = join(cloud.folder, "docker/story-generator/routes/health.ts");
            const whole = readFileSync(source, "utf8");
            writeFileSync(source, whole.replace(/status: "healthy"/, 'note: "changed", status: "healthy"'));
            const { code, text } = await cloud.run("up");
            expect(code, text).to.equal(0);
            expect(/^Open +(\S+)/m.exec(text)?.[1]).to.equal(stage.url);
            expect(await health()).to.include({ note: "changed", status: "healthy" });
            const { agent, ...others } = cloud.local().outputs.image_refs;
            expect(agent).not.to.equal(before.agent);
            expect(before).to.deep.include(others);

            // The source stays changed: what counts is the digest that the stack's file names.
            const settings = join(cloud.folder, "Pulumi.local.yaml");
            const unchanged = readFileSync(settings, "utf8");
            writeFileSync(settings, `${unchanged}  story-42:images:\n    agent: ${before.agent}\n`);
            const back = await cloud.run("up");
            expect(back.code, back.text).to.equal(0);
            expect(cloud.local().outputs.image_refs).to.deep.equal(before);
            expect(await health()).to.not.have.property("note");
            writeFileSync(settings, unchanged);
        });

        it("names the function and what is missing when it is not wired as it should be", async () => {
            const lambda = stage.client(LambdaClient);
            const FunctionName = "story-42-story-text-regen-local";
            const named = { FunctionName, Name: "live" };
            const { Environment, Version = "" } = await lambda.send(
                new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "live" }),
            );
            const { DYNAMODB_TABLE_NAME: _table, ...Variables } = Environment?.Variables ?? {};
            await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
            const published = await lambda.send(new PublishVersionCommand({ FunctionName }));
            await lambda.send(new UpdateAliasCommand({ ...named, FunctionVersion: published.Version }));
            const failure = await startRuntime({ ...runtimeFile(), port: 0, awsPort: 0, functionsPort: 0 }).then(
                (runtime) => runtime.stop().then(() => expect.fail("it started")),
                (error: Error) => error.message,
            );
            await lambda.send(new UpdateAliasCommand({ ...named, FunctionVersion: Version }));
            expect(failure).to.include(FunctionName).and.include("DYNAMODB_TABLE_NAME");
        });

        it("shows what each part wrote", async () => {
            const { stdout } = await execa(process.execPath, ["local/main.ts", "logs", "--no-follow"], {
                cwd: cloud.folder,
                env: { STORY42_STATE_DIR: cloud.stateDir },
            });
            for (const part of ["emulator", "upstreams", "story-generator", "story-42-story-text-regen-local"]) {
                expect(stdout).to.match(new RegExp(`^${part} +\\| `, "m"));
            }
        });

        it("leaves no process of a runtime that is stopped while it starts", async () => {
            const stateDir = join(cloud.stateDir, "second");
            mkdirSync(stateDir);
            const first = JSON.parse(readFileSync(join(cloud.stateDir, "runtime.json"), "utf8"));
            const file = join(stateDir, "runtime.json");
            writeFileSync(file, JSON.stringify({ ...first, stateDir, port: 0, awsPort: 0, functionsPort: 0 }));
            const before = processesOf(cloud.folder);
            const options = { cwd: cloud.folder, reject: false } as const;
            const starting = execa(process.execPath, ["local/runtime/main.ts", file], options);
            const children = () => execa("pgrep", ["-P", String(starting.pid)], { reject: false });
            while ((await children()).stdout === "" && starting.exitCode === null) {
                await sleep(10);
            }
            starting.kill("SIGTERM");
            expect((await starting).stderr).to.contain("Stopped while it started.");
            expect(processesOf(cloud.folder)).to.deep.equal(before);
            expect(mountsIn(stateDir)).to.deep.equal([]);
        });

        it("leaves nothing when it is taken down: no process, no port, no mount, no file outside of its folder", async () => {
            const ports = portsOf(processesOf(cloud.folder));
            expect(ports).to.have.length.above(4);
            const { code, text } = await cloud.run("down");
            expect(code, text).to.equal(0);
            expect(processesOf(cloud.folder)).to.deep.equal([]);
            expect(await Promise.all(ports.map(isListening))).to.not.include(true);
            expect(mountsIn(cloud.folder)).to.deep.equal([]);
            const left = ["a home", "tmp"].flatMap((folder) => readdirSync(join(cloud.outside, folder)));
            // What npm and Node keep for all projects.
            expect(left.filter((name) => name !== ".npm" && name !== "node-compile-cache")).to.deep.equal([]);
            expect(sharedFiles().filter((path) => !sharedBefore.includes(path))).to.deep.equal([]);
        });
    });
});

const PICTURES = {
    story_segments: [1, 2].map((number) => ({
        story_segment_content: `The fox went on, part ${number}.`,
        story_segment_number: number,
        story_segment_speaker: "Narrator",
    })),
    art_style: "ink",
    number_of_panels: 2,
    job_id: "test",
};
