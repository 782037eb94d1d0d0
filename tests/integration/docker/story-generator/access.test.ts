import { expect } from "chai";
import { Scene } from "../../../kit/agent/scene.ts";
import { read } from "../../../kit/agent/world.ts";

describe("who may do what at the agent service", function () {
    this.timeout(120_000);
    const scene = new Scene();

    describe("without a token", () => {
        for (const path of ["/", "/health", "/api/v1/auth/health"]) {
            it(`${path} says that it is healthy`, async () => {
                const answer = await scene.service.get(path);
                expect(answer.status).to.equal(200);
                expect((await read(answer)).status).to.equal("healthy");
            });
        }

        const id = "70449a15-8181-45be-a948-d1967d81ff86";
        for (const [method, path] of [
            ["GET", "/api/v1/auth/me"],
            ["POST", "/api/v1/story/generate-pipeline"],
            ["POST", "/api/v1/story/select-concept"],
            ["POST", "/api/v1/story/approve-scene"],
            ["POST", "/api/v1/story/select-format"],
            ["POST", "/api/v1/story/select-narrator"],
            ["GET", `/api/v1/story/session/${id}`],
            ["GET", "/api/v1/stories/list"],
            ["GET", `/api/v1/stories/${id}`],
            ["GET", `/api/v1/stories/${id}/images`],
            ["GET", `/api/v1/stories/${id}/download`],
            ["DELETE", `/api/v1/stories/${id}`],
            ["POST", `/api/v1/stories/${id}/segments/1/regenerate`],
            ["POST", `/api/v1/stories/${id}/images/1/regenerate`],
            ["POST", `/api/v1/audio/generate/${id}`],
            ["GET", `/api/v1/audio/status/${id}`],
            ["GET", `/api/v1/audio/stream/${id}`],
            ["GET", `/api/v1/audio/download/${id}`],
            ["GET", `/api/v1/audio/hls/${id}/stream.m3u8`],
            ["GET", `/api/v1/audio/hls/${id}/segment_000.ts`],
            ["GET", `/api/v1/images/${id}/segment_1.png`],
            ["POST", `/api/v1/audio/reset/${id}`],
            ["GET", "/api/v1/audio/voices"],
        ] as const) {
            it(`${method} ${path} is refused, also with a bad token`, async () => {
                for (const headers of [
                    {},
                    { authorization: "Bearer nonsense" },
                    { authorization: `Bearer ${forged(scene.ann.idToken)}` },
                ]) {
                    const answer = await fetch(scene.service.url + path, { method, headers });
                    expect(answer.status).to.equal(401);
                    const body = await read(answer);
                    expect(body).to.include({ success: false, data: null });
                    expect(body.message).to.be.a("string");
                    expect(body).to.have.property("detail", body.message);
                    expect(body.error).to.be.a("string");
                }
            });
        }
    });

    describe("signing up and in", () => {
        it("makes an account and says so, also where there was one", async () => {
            const body = { email: "new@example.com", password: "Passw0rd!x", name: "New" };
            const answer = await scene.service.post("/api/v1/auth/signup", undefined, body);
            expect(answer.status).to.equal(200);
            expect((await read(answer)).data).to.include({ email: "new@example.com" });
            const again = await scene.service.post("/api/v1/auth/signup", undefined, body);
            expect((await read(again)).data).to.include({ email: "new@example.com" });
        });

        it("gives tokens that the service takes, of both kinds", async () => {
            for (const token of [scene.ann.idToken, scene.ann.accessToken]) {
                const answer = await scene.service.get("/api/v1/auth/me", token);
                expect(answer.status).to.equal(200);
                expect((await read(answer)).data.sub).to.match(/^[\w-]+$/);
            }
        });

        it("tells earlier clients what they read of the caller and of sign-in", async () => {
            const me = await read(await scene.service.get("/api/v1/auth/me", scene.ann.idToken));
            expect(me.data).to.include({ email: scene.ann.email, email_verified: true });
            const health = await read(await scene.service.get("/api/v1/auth/health"));
            expect(health).to.include({ enabled: true, user_pool_id: scene.world.env.COGNITO_USER_POOL_ID });
        });

        it("tells a wrong password and an unknown user alike", async () => {
            const wrong = { email: scene.ann.email, password: "not the password" };
            const unknown = { email: "nobody@example.com", password: "not the password" };
            const answers = await Promise.all(
                [wrong, unknown].map(async (body) => {
                    const answer = await scene.service.post("/api/v1/auth/signin", undefined, body);
                    return [answer.status, (await read(answer)).message];
                }),
            );
            expect(answers[0]).to.deep.equal(answers[1]);
            expect(answers[0]?.[0]).to.equal(401);
        });

        it("names every bad field at once", async () => {
            const answer = await scene.service.post("/api/v1/auth/signin", undefined, { email: "no address" });
            expect(answer.status).to.equal(400);
            expect((await read(answer)).message).to.match(/email.*password/);
        });
    });

    describe("another user's story", () => {
        let id: string;
        before(async () => {
            id = await scene.story();
            await scene.narrated(id);
        });

        for (const [method, route] of [
            ["GET", "/story/session/:id"],
            ["GET", "/stories/:id"],
            ["GET", "/stories/:id/images"],
            ["GET", "/stories/:id/download"],
            ["DELETE", "/stories/:id"],
            ["POST", "/stories/:id/segments/1/regenerate"],
            ["POST", "/stories/:id/images/1/regenerate"],
            ["POST", "/audio/generate/:id"],
            ["GET", "/audio/stream/:id"],
            ["GET", "/audio/download/:id"],
            ["GET", "/audio/hls/:id/stream.m3u8"],
            ["GET", "/audio/hls/:id/segment_000.ts"],
            ["GET", "/images/:id/segment_1.png"],
            ["POST", "/audio/reset/:id"],
        ] as const) {
            it(`does not exist for ${method} ${route}`, async () => {
                for (const name of [id, `..%2F${id}`, "..%2F..%2Fx", "%00", "x".repeat(200)]) {
                    const answer = await fetch(`${scene.service.url}/api/v1${route.replace(":id", name)}`, {
                        method,
                        headers: { authorization: `Bearer ${scene.bob.idToken}` },
                        ...(method === "POST" ? { body: '{"user_request":"change it"}' } : {}),
                    });
                    expect(answer.status, name).to.equal(404);
                }
            });
        }

        for (const route of [
            "generate-pipeline",
            "select-concept",
            "approve-scene",
            "select-format",
            "select-narrator",
        ]) {
            it(`does not exist for ${route}`, async () => {
                const body = {
                    session_id: id,
                    selected_concept: "x",
                    scene_id: "scene_1",
                    output_format: "both",
                    narrator_id: "x",
                };
                expect((await scene.service.post(`/api/v1/story/${route}`, scene.bob.idToken, body)).status).to.equal(
                    404,
                );
            });
        }

        it("has no narration for them: nothing tells it from a story that is nobody's", async () => {
            for (const name of [id, "nobodys"]) {
                const answer = await scene.service.get(`/api/v1/audio/status/${name}`, scene.bob.idToken);
                expect(answer.status).to.equal(200);
                expect(await read(answer)).to.include({ status: "not_generated", session_id: name });
                expect(answer.headers.get("set-cookie")).to.equal(null);
            }
        });

        it("is not in the list, and is still there", async () => {
            const { stories } = await read(await scene.service.get("/api/v1/stories/list", scene.bob.idToken));
            expect(stories.map((one) => one.session_id)).to.not.include(id);
            expect((await scene.service.get(`/api/v1/audio/stream/${id}`, scene.ann.idToken)).status).to.equal(200);
        });
    });
});

/** The token with another signature. */
function forged(token: string): string {
    const [head, body] = token.split(".");
    return `${head}.${body}.${Buffer.alloc(256, 1).toString("base64url")}`;
}
