import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type AgentRoute, agentRouteList } from "../../../contract/agentRoutes.ts";
import { operations } from "../../../contract/operations.ts";
import { runningTasks } from "../../../local/runtime/taskFile.ts";
import { type Person, type Stage, visualStory, wish } from "../../kit/deployed/stage.ts";
import { expectPublished } from "../../kit/publishedApi.ts";

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is checked against what is published
type Json = any;

const common = { ...visualStory, job_id: "contract" };

/** Every operation of the contract by the addresses that a client has: with a right token, without, with a bad one. */
export function describeContract(stageOf: () => Stage): void {
    describe("The contract", () => {
        let stage: Stage;
        let owner: Person;
        let other: Person;
        const covered = new Set<string>();

        before(async () => {
            stage = stageOf();
            owner = await stage.person("owner");
            other = await stage.person("other");
        });

        describe("of the REST API", () => {
            const answers = new Map<string, Json>();
            const resultOf = (path: string) => answers.get(path)?.result ?? {};
            /** Bodies that go on from the answers before, in the contract's order. */
            const bodies: Record<(typeof operations)[number]["path"], () => object> = {
                "/generate-story-outline": () => ({ ...common, user_input_description: "A fox in the rain" }),
                "/generate-story": () => ({
                    ...common,
                    story_outline_description: resultOf("/generate-story-outline").story_parts,
                }),
                "/regenerate-segment": () => ({
                    ...common,
                    user_request: "Shorter",
                    original_story_segments: segments(),
                    original_story_segment_num: 1,
                    original_story_segment: segments()[0],
                }),
                "/generate-topics-ideas": () => ({ genre: "fiction", topics: "foxes, rain" }),
                "/generate-story-image": () => ({
                    story_segments: [1, 2].map((number) => ({
                        story_segment_content: `The fox went on, part ${number}.`,
                        story_segment_number: number,
                        story_segment_speaker: "Narrator",
                    })),
                    art_style: "ink",
                    number_of_panels: 2,
                    job_id: "contract",
                }),
                "/regenerate-segment-image": () => ({
                    user_request: "Darker",
                    original_segment_image_s3_uri: resultOf("/generate-story-image").story_segments?.[0].image_s3_uri,
                    job_id: "contract",
                }),
            };
            const segments = () =>
                ((resultOf("/generate-story").story_parts ?? []) as { sections: { segments: object[] }[] }[])
                    .flatMap(({ sections }) => sections)
                    .flatMap((section) => section.segments)
                    .map((segment, at) => ({ ...segment, segment_num: at + 1 }));

            for (const { path } of operations) {
                it(`answers ${path} at the one address and at the gateway`, async () => {
                    for (const base of [stage.url, stage.gateway]) {
                        const answer = await post(base + path, bodies[path](), owner.token);
                        const body = (await answer.json()) as Json;
                        expect(answer.status, JSON.stringify(body)).to.equal(200);
                        expectPublished("POST", path, 200, body);
                        answers.set(path, body);
                    }
                    covered.add(`post ${path}`);
                });

                it(`refuses ${path} without a token, and with a bad one`, async () => {
                    for (const token of [undefined, "not.a.token", forged(owner.token)]) {
                        const refused = await post(stage.gateway + path, bodies[path](), token);
                        expect(refused.status).to.equal(401);
                        expect(await refused.json()).to.deep.include({ message: "Unauthorized" });
                    }
                });
            }

            it("gives nobody another's picture", async () => {
                const path = "/regenerate-segment-image";
                const refused = await post(stage.gateway + path, bodies[path](), other.token);
                expect(refused.status).to.equal(403);
                expectPublished("POST", path, 403, await refused.json());
            });
        });

        describe("of the agent service", () => {
            let id = "";
            const at = (path: string) => path.replace("{id}", id).replace("{session_id}", id);

            before(async () => {
                const events = await stage.story(wish("A fox who is afraid of the dark"), owner.token);
                expect(events.at(-1)?.type, JSON.stringify(events.at(-1))).to.equal("complete");
                id = events[0]?.session_id ?? "";
                covered.add("post /api/v1/story/generate-pipeline");
            });

            /** Calls a route as a client does, and holds the answer against what is published. */
            async function ask(
                method: "get" | "post" | "delete",
                route: string,
                { body, token = owner.token, path = at(route) }: { body?: object; token?: string; path?: string } = {},
            ): Promise<Json> {
                const answer = await send(stage.url + path, method, body, token);
                const json = answer.headers.get("content-type")?.startsWith("application/json");
                const given = json ? await answer.json() : await answer.text();
                expect(answer.status, `${method} ${path}: ${JSON.stringify(given)}`).to.equal(200);
                expectPublished(method, path, 200, json ? given : undefined);
                covered.add(`${method} ${route}`);
                return given;
            }

            /** Calls a route in vain, and holds the answer against what is published. */
            async function refuses(route: string, body: object, status: number, token?: string): Promise<void> {
                const refused = await post(stage.url + route, body, token);
                const told = await refused.json();
                expect(refused.status, `${route}: ${JSON.stringify(told)}`).to.equal(status);
                expectPublished("post", route, status, told);
                covered.add(`post ${route}`);
            }

            it("says that it is well, and who is asking", async () => {
                await ask("get", "/api/v1/auth/health");
                expect(await ask("get", "/api/v1/auth/me")).to.include({ sub: owner.sub });
                await ask("get", "/health");
                // The load balancer asks these of the task itself; at the one address the first is the site's.
                for (const path of ["/", "/health"]) {
                    const answer = await fetch(taskAddress() + path);
                    expectPublished("get", path, answer.status, await answer.json());
                    covered.add(`get ${path}`);
                }
            });

            it("signs up and in", async () => {
                const user = { email: "new@example.com", password: "New-passw0rd-1" };
                expect(await ask("get", "/api/v1/auth/signup")).to.include({ open: false });
                await refuses("/api/v1/auth/signup", user, 403);
                await ask("post", "/api/v1/auth/signin", { body: { email: owner.email, password: owner.password } });
                const refused = await stage.post("/api/v1/auth/signin", { email: owner.email, password: "wrong" });
                expect(refused.status).to.equal(401);
                expectPublished("post", "/api/v1/auth/signin", 401, await refused.json());
                // Signed out, the owner's tokens would be of no use to what follows; signing out has tests of its own.
                await refuses("/api/v1/auth/signout", {}, 401, "no-token");
            });

            it("goes through the steps of a sign-in, and refuses what is no step of one", async () => {
                const { email, password } = owner;
                const step = await ask("post", "/api/v1/auth/signin/begin", { body: { email, password } });
                expect(step).to.include.keys("id_token");
                const { refresh_token } = step;
                expect(await ask("post", "/api/v1/auth/refresh", { body: { refresh_token } })).to.include.keys(
                    "id_token",
                );
                await refuses("/api/v1/auth/refresh", { refresh_token: "no-token" }, 401);
                const nowhere = { username: "nobody", session: "x".repeat(200) };
                const new_password = "New-passw0rd-1";
                await refuses("/api/v1/auth/signin/new-password", { ...nowhere, new_password }, 401);
                await refuses("/api/v1/auth/signin/authenticator", { ...nowhere, code: "123456" }, 401);
                await refuses("/api/v1/auth/signin/code", { ...nowhere, code: "123456" }, 401);
                const nobody = { email: "nobody@example.com" };
                await refuses("/api/v1/auth/confirm", { ...nobody, code: "123456" }, 400);
                await refuses("/api/v1/auth/reset-password", { ...nobody, code: "123456", new_password }, 400);
                await ask("post", "/api/v1/auth/resend-code", { body: nobody });
                await ask("post", "/api/v1/auth/forgot-password", { body: nobody });
                // These take the other token.
                await refuses("/api/v1/auth/change-password", { password, new_password }, 403, owner.token);
                await refuses("/api/v1/auth/authenticator", {}, 403, owner.token);
                await refuses("/api/v1/auth/authenticator/verify", { code: "123456" }, 403, owner.token);
            });

            it("takes choices, and shows the session with them", async () => {
                const chosen = (name: string, choice: object) =>
                    ask("post", `/api/v1/story/${name}`, { body: { session_id: id, ...choice } });
                await chosen("select-concept", { selected_concept: "The second one" });
                await chosen("approve-scene", { scene_id: 1 });
                await chosen("select-format", { output_format: "both" });
                await chosen("select-narrator", { narrator_id: "en-Alice_woman" });
                const { choices } = await ask("get", "/api/v1/story/session/{session_id}");
                expect(choices).to.deep.include({ approved_scenes: ["scene_1"], output_format: "both" });
                const stop = "/api/v1/story/session/{session_id}/stop";
                expect(await ask("post", stop)).to.include({ session_id: id, resumable: false });
            });

            it("shows stories, their pictures and their files, and makes parts of them again", async () => {
                const { stories } = await ask("get", "/api/v1/stories/list");
                expect((stories as { session_id: string }[]).map(({ session_id }) => session_id)).to.deep.equal([id]);
                await ask("get", "/api/v1/stories/{id}");
                const { images } = await ask("get", "/api/v1/stories/{id}/images");
                for (const image of images as string[]) {
                    expect((await fetch(image)).headers.get("content-type")).to.equal("image/png");
                }
                // Led to the picture itself, which is read without a token.
                const named = `/api/v1/images/${id}/segment_1.png`;
                const led = await stage.get(named, owner.token);
                expect(led.headers.get("content-type")).to.equal("image/png");
                covered.add("get /api/v1/images/{id}/{file}");
                expect(await ask("get", "/api/v1/stories/{id}/download")).to.match(/^# /);
                const again = { body: { user_request: "Shorter" } };
                await ask("post", "/api/v1/stories/{id}/segments/{segment}/regenerate", {
                    ...again,
                    path: `/api/v1/stories/${id}/segments/1/regenerate`,
                });
                await ask("post", "/api/v1/stories/{id}/images/{image}/regenerate", {
                    ...again,
                    path: `/api/v1/stories/${id}/images/1/regenerate`,
                });
            });

            it("narrates, and forgets the narration", async () => {
                await ask("get", "/api/v1/audio/voices");
                await ask("post", "/api/v1/audio/generate/{id}", { body: {} });
                let state = await ask("get", "/api/v1/audio/status/{id}");
                while (state.status === "generating") {
                    state = await ask("get", "/api/v1/audio/status/{id}");
                }
                expect(state.status).to.equal("ready");
                const { token } = await ask("post", "/api/v1/stories/{id}/link", { body: {} });
                const shared = { token: "", path: `/api/v1/shared/${token}` };
                expect(await ask("get", "/api/v1/shared/{token}", shared)).to.include({ has_audio: true });
                for (const part of ["page", "cover", "narration"] as const) {
                    const given = { token: "", path: `${shared.path}/${part}` };
                    await ask("get", `/api/v1/shared/{token}/${part}`, given);
                }
                await ask("delete", "/api/v1/stories/{id}/link");
                expect((await fetch(stage.url + shared.path)).status).to.equal(404);
                await ask("get", "/api/v1/audio/stream/{id}");
                await ask("get", "/api/v1/audio/download/{id}");
                expect(await ask("get", "/api/v1/audio/hls/{id}/stream.m3u8")).to.include("segment_000.ts");
                const path = `/api/v1/audio/hls/${id}/segment_000.ts`;
                await ask("get", "/api/v1/audio/hls/{id}/{file}", { path });
                const part = await fetch(stage.url + state.url, { headers: { range: "bytes=44-143" } });
                expect(part.status).to.equal(206);
                expect((await part.arrayBuffer()).byteLength).to.equal(100);
                await ask("post", "/api/v1/audio/reset/{id}");
            });

            for (const route of agentRouteList.filter(({ auth }) => auth)) {
                it(`refuses ${route.method} ${route.path} without a token, with a bad one, and to another`, async () => {
                    const path = at(route.path)
                        .replace("{segment}", "1")
                        .replace("{image}", "1")
                        .replace("{file}", route.path.includes("/hls/") ? "segment_000.ts" : "segment_1.png");
                    const body = bodyOf(route, id);
                    for (const token of [undefined, "not.a.token", forged(owner.token)]) {
                        const refused = await send(stage.url + path, route.method, body, token);
                        expect(refused.status).to.equal(401);
                        expectPublished(route.method, path, 401, await refused.json());
                    }
                    // What is about a person is about whoever brings the token.
                    const isOfStory = !path.startsWith("/api/v1/auth/");
                    if (isOfStory && (path.includes(id) || JSON.stringify(body ?? {}).includes(id))) {
                        const refused = await send(stage.url + path, route.method, body, other.token);
                        // Of another's narration nobody learns so much as that there is one.
                        const status = path.includes("/audio/status/") ? 200 : 404;
                        const answer = (await refused.json()) as Json;
                        expect(refused.status).to.equal(status);
                        expect(answer.status).to.equal(status === 200 ? "not_generated" : undefined);
                        expectPublished(route.method, path, status, answer);
                    }
                });
            }

            it("deletes a story with all that belongs to it", async () => {
                await ask("delete", "/api/v1/stories/{id}");
                expect((await stage.get(`/api/v1/stories/${id}`, owner.token)).status).to.equal(404);
            });
        });

        describe("as a whole", () => {
            it("has been called with all its operations", () => {
                const all = [
                    ...operations.map(({ path }) => `post ${path}`),
                    ...agentRouteList.map((it) => `${it.method} ${it.path}`),
                ];
                expect([...covered]).to.have.members(all);
            });
        });

        /** Where the task of the agent service itself listens. */
        function taskAddress(): string {
            const [task] = runningTasks(stage.cloud.stateDir);
            const port = /(?:^|\0)PORT=(\d+)\0/.exec(readFileSync(`/proc/${task?.pid}/environ`, "utf8"))?.[1];
            return `http://127.0.0.1:${port}`;
        }
    });
}

/** A body that the route takes, about a session. */
function bodyOf(route: AgentRoute, session_id: string): object | undefined {
    const choices = { selected_concept: "x", scene_id: 1, output_format: "both", narrator_id: "x" };
    return route.body && { session_id, ...choices, user_request: "x" };
}

/** The token with other claims under the same signature. */
function forged(token: string): string {
    const [head, claims = "", signature] = token.split(".");
    const said = JSON.parse(Buffer.from(claims, "base64url").toString());
    const other = Buffer.from(JSON.stringify({ ...said, sub: "somebody-else" })).toString("base64url");
    return [head, other, signature].join(".");
}

const post = (address: string, body: object, token?: string) => send(address, "post", body, token);

function send(address: string, method: string, body: object | undefined, token?: string): Promise<Response> {
    return fetch(address, {
        method: method.toUpperCase(),
        headers: {
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...(body ? { "content-type": "application/json" } : {}),
        },
        body: body && JSON.stringify(body),
    });
}
