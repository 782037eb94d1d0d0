import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteRolePolicyCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
    GetFunctionConfigurationCommand,
    LambdaClient,
    PublishVersionCommand,
    UpdateAliasCommand,
    UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { expect } from "chai";
import { execa } from "execa";
import { startRuntime } from "../../../local/runtime/runtime.ts";
import { ensureUser } from "../../../local/runtime/user.ts";
import { CloudCopy } from "../local/cloud.ts";

const OUTLINE = {
    genre: "fiction",
    reading_level: "children",
    tone: "warm",
    story_type: "visual",
    number_of_speakers: 2,
    panels: 3,
    job_id: "test",
    user_input_description: "A fox in the rain",
};

/** One local cloud, from its demo to its removal. */
describe("What is deployed to the local cloud", function () {
    this.timeout(300_000);
    let cloud: CloudCopy;
    let url = "";
    let upstreamsUrl = "";
    let token = "";
    const demoFile = (name: string) => readFileSync(join(cloud.folder, "demo", name));
    const runtimeFile = () => JSON.parse(readFileSync(join(cloud.stateDir, "runtime.json"), "utf8"));
    const client = <C>(Client: new (settings: object) => C) =>
        new Client({
            endpoint: cloud.local().emulator,
            region: cloud.local().region,
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });

    before(async () => {
        cloud = await CloudCopy.make();
        const { code, text } = await cloud.run("up", "--no-images", "--demo", join(cloud.folder, "demo"));
        expect(code, text).to.equal(0);
        url = /Site and API +(\S+)/.exec(text)?.[1] ?? "";
        upstreamsUrl = /Upstreams +(\S+)/.exec(text)?.[1] ?? "";
        token = await signIn(JSON.parse(readFileSync(join(cloud.stateDir, "user.json"), "utf8")));
    });
    after(async () => {
        await cloud?.remove();
    });

    async function signIn(user: { email: string; password: string }): Promise<string> {
        const answer = await post("/api/v1/auth/signin", user);
        return ((await answer.json()) as { id_token: string }).id_token;
    }

    function post(path: string, body: object, idToken?: string): Promise<Response> {
        return fetch(url + path, {
            method: "POST",
            headers: { "content-type": "application/json", ...(idToken ? { authorization: `Bearer ${idToken}` } : {}) },
            body: JSON.stringify(body),
        });
    }

    async function setFault(fault: object): Promise<void> {
        const answer = await fetch(`${upstreamsUrl}/_control`, { method: "POST", body: JSON.stringify(fault) });
        expect(answer.status).to.equal(200);
    }

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
        const page = await fetch(url);
        expect(await page.text()).to.include("<html");
        expect(page.headers.get("content-security-policy")).to.include("default-src 'self'");
        expect(page.headers.get("x-content-type-options")).to.equal("nosniff");
        expect(await (await fetch(`${url}/stories/one`)).text()).to.include("<html");
        expect((await fetch(`${url}/assets/missing.js`)).status).to.be.within(403, 404);
    });

    it("answers the REST API for a token, and for none other than a right one", async () => {
        const told = await post("/generate-story-outline", OUTLINE, token);
        expect(told.status).to.equal(200);
        expect(await told.json()).to.deep.include({ success: true, route: "generate_story_outline_description" });
        for (const wrong of [undefined, "not.a.token"]) {
            const refused = await post("/generate-story-outline", OUTLINE, wrong);
            expect(refused.status).to.equal(401);
            expect(await refused.json()).to.deep.include({ message: "Unauthorized" });
        }
    });

    it("keeps one user's pictures from another", async () => {
        const { emulator, region, outputs } = cloud.local();
        const poolId = String((outputs as Record<string, string>).cognito_user_pool_id);
        const folder = join(cloud.folder, "other");
        mkdirSync(folder);
        writeFileSync(
            join(folder, "user.json"),
            JSON.stringify({ email: "other@example.com", password: "Other-passw0rd" }),
        );
        const other = await signIn(await ensureUser({ endpoint: emulator, region, poolId }, folder));
        const drawn = await post("/generate-story-image", pictures(), token);
        const { result } = (await drawn.json()) as { result: { story_segments: { image_s3_uri: string }[] } };
        const wish = {
            user_request: "darker",
            original_segment_image_s3_uri: result.story_segments[0]?.image_s3_uri,
            job_id: "test",
        };
        expect((await post("/regenerate-segment-image", wish, other)).status).to.equal(403);
        expect((await post("/regenerate-segment-image", wish, token)).status).to.equal(200);
    });

    it("lets an upstream's fault reach the client as the contract says", async () => {
        await setFault({ upstream: "bedrock", kind: "throttle", times: 0 });
        const throttled = await post("/generate-story-outline", OUTLINE, token);
        await fetch(`${upstreamsUrl}/_control`, { method: "DELETE" });
        expect(throttled.status).to.equal(429);
        expect((await post("/generate-story-outline", OUTLINE, token)).status).to.equal(200);
    });

    it("runs the functions with their own roles: a right that is taken away is missed", async () => {
        const iam = client(IAMClient);
        const policy = { RoleName: "story-42-story-image-lambda-execution-local", PolicyName: "images" };
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand(policy));
        await iam.send(new DeleteRolePolicyCommand(policy));
        const without = await post("/generate-story-image", pictures(), token);
        const document = decodeURIComponent(PolicyDocument ?? "");
        await iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: document }));
        expect(without.status).to.be.within(500, 503);
        expect((await post("/generate-story-image", pictures(), token)).status).to.equal(200);
    });

    it("starts the agent service again when its process dies, with the stories that it had", async () => {
        const stories = async () => {
            const list = await fetch(`${url}/api/v1/stories/list`, { headers: { authorization: `Bearer ${token}` } });
            return list.ok ? ((await list.json()) as { stories: object[] }).stories.length : 0;
        };
        const before = await stories();
        expect(before).to.be.above(0);
        const { stdout } = await execa("pgrep", ["-f", "node index.mjs$", "-P", String(runtimeProcess())]);
        for (const pid of stdout.split("\n")) {
            process.kill(Number(pid), "SIGKILL");
        }
        while ((await stories()) !== before) {
            await sleep(200);
        }
    });

    it("serves a changed source after the next deployment", async () => {
        const path = join(cloud.folder, "docker/story-generator/routes/health.ts");
        const changed = readFileSync(path, "utf8").replace(/status: "healthy"/, 'note: "changed", status: "healthy"');
        writeFileSync(path, changed);
        const { code, text } = await cloud.run("up", "--no-images");
        expect(code, text).to.equal(0);
        expect(/Site and API +(\S+)/.exec(text)?.[1]).to.equal(url);
        const health = await (await fetch(`${url}/api/v1/auth/health`)).json();
        expect(health).to.include({ note: "changed", status: "healthy" });
    });

    it("names the function and what is missing when it is not wired as it should be", async () => {
        const lambda = client(LambdaClient);
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
        const { stdout } = await execa(process.execPath, ["local/runtime/logs.ts", "--no-follow"], {
            cwd: cloud.folder,
            env: { STORY42_STATE_DIR: cloud.stateDir },
        });
        for (const part of ["emulator", "upstreams", "story-generator", "story-42-story-text-regen-local"]) {
            expect(stdout).to.match(new RegExp(`^${part} +\\| `, "m"));
        }
    });

    it("leaves nothing running when it is taken down", async () => {
        const { code, text } = await cloud.run("down");
        expect(code, text).to.equal(0);
        for (const address of [url, upstreamsUrl]) {
            const answer = await fetch(address).catch(() => undefined);
            expect(answer, address).to.equal(undefined);
        }
    });

    function runtimeProcess(): number {
        return JSON.parse(readFileSync(join(cloud.stateDir, "pids/runtime.json"), "utf8")).process.pid;
    }

    function pictures() {
        const story_segments = [1, 2].map((number) => ({
            story_segment_content: `The fox went on, part ${number}.`,
            story_segment_number: number,
            story_segment_speaker: "Narrator",
        }));
        return { story_segments, art_style: "ink", number_of_panels: 2, job_id: "test" };
    }
});
