/** A story's link, for people without an account. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { Scene, WISH } from "../../../kit/agent/scene.ts";
import { BUCKET, read } from "../../../kit/agent/world.ts";

describe("a link to a story", function () {
    this.timeout(120_000);
    const scene = new Scene();
    let id = "";
    before(async () => {
        id = await scene.story();
    });

    const share = async (story = id, token = scene.ann.idToken, headers: Record<string, string> = {}) =>
        scene.service.post(`/api/v1/stories/${story}/link`, token, {}, headers);
    const takeBack = (story = id, token = scene.ann.idToken) =>
        fetch(`${scene.service.url}/api/v1/stories/${story}/link`, {
            method: "DELETE",
            headers: { authorization: `Bearer ${token}` },
        });
    const linkOf = async (story = id, headers?: Record<string, string>) =>
        String((await read(await share(story, undefined, headers))).data.token);
    const opened = (token: string, rest = "") => scene.service.get(`/api/v1/shared/${token}${rest}`);
    const detail = async () => (await read(await scene.service.get(`/api/v1/stories/${id}`, scene.ann.idToken))).data;

    it("is there when its person makes it, the same until it is taken back", async () => {
        expect(await detail()).to.not.have.property("link_token");
        const token = await linkOf();
        // CloudFront takes an address with a dot for a file's.
        expect(token).to.not.contain(".");
        expect(await linkOf()).to.equal(token);
        expect((await detail()).link_token).to.equal(token);
    });

    it("shows the story to anybody, and nothing else of its person", async () => {
        const answer = await opened(await linkOf());
        expect(answer.status).to.equal(200);
        expect(answer.headers.get("cache-control")).to.equal("private, no-store");
        const { data } = await read(answer);
        expect(Object.keys(data).sort()).to.deep.equal(
            ["title", "story", "structured_story", "images", "illustrated_chapters", "has_audio", "created_at"].sort(),
        );
        const own = await detail();
        expect(data.structured_story).to.deep.equal(own.structured_story);
        const paths = (images: string[]) => images.map((url) => new URL(url).pathname);
        expect(paths(data.images)).to.deep.equal(paths(own.images)).and.not.be.empty;
    });

    it("opens its own story alone", async () => {
        const token = await linkOf();
        const [holder = "", , secret = ""] = token.split("~");
        const other = await scene.story();
        const nobody = Buffer.from("../ann").toString("base64url");
        for (const wrong of [
            [holder, id, "x".repeat(secret.length)],
            [holder, id, secret.slice(1)],
            [holder, id, ""],
            [holder, other, secret],
            [Buffer.from("somebody").toString("base64url"), id, secret],
            [nobody, id, secret],
            [holder, "..%2F..", secret],
            [holder, id, secret, "more"],
            ["undefined"],
            ["x".repeat(5_000)],
        ]) {
            const answer = await opened(wrong.join("~"));
            expect(answer.status, wrong.join("~").slice(0, 100)).to.equal(404);
            expect((await read(answer)).message).to.contain("This link leads to no story");
        }
        // A story that was never shared has no secret that could be guessed, not even an empty one.
        expect((await opened([holder, other, "undefined"].join("."))).status).to.equal(404);
    });

    it("has a page with what previews of it show, and the way to the story", async () => {
        const token = await linkOf(id, { origin: "https://stories.example.com" });
        const page = await opened(token, "/page");
        expect(page.status).to.equal(200);
        expect(page.headers.get("content-type")).to.equal("text/html; charset=UTF-8");
        expect(page.headers.get("cache-control")).to.equal("private, no-store");
        const text = await page.text();
        const tags = Object.fromEntries(
            [...text.matchAll(/<meta (?:property|name)="([\w:]+)" content="([^"]*)">/g)].map(([, name, of]) => [
                name,
                of,
            ]),
        );
        const { images, title } = (await read(await opened(token))).data;
        const address = `https://stories.example.com/api/v1/shared/${token}`;
        expect(tags).to.include({
            "og:title": title,
            "og:url": `${address}/page`,
            "og:image": `${address}/cover`,
            "twitter:card": "summary_large_image",
            robots: "noindex",
        });
        expect(tags["og:description"]).to.match(/^The text of a fox The text of a fox/);
        expect(text).to.include(`<a href="/shared/${token}" dir="auto">${title}</a>`);
        expect((await opened(token, "/cover")).status).to.equal(404);
        const Key = new URL(images[0] ?? "").pathname.replace(`/${BUCKET}/`, "");
        const picture = { Bucket: BUCKET, Key, Body: "the cover", ContentType: "image/jpeg" };
        await scene.world.s3.send(new PutObjectCommand(picture));
        const cover = await opened(token, "/cover");
        expect(cover.headers.get("content-type")).to.equal("image/jpeg");
        expect(await cover.text()).to.equal("the cover");
    });

    it("says in its page's preview only what a site may be called", async () => {
        for (const origin of ['https://a"><script>', "null", "javascript:alert(1)", "https://a.example/path"]) {
            const token = await linkOf(await scene.story(), { origin });
            const text = await (await opened(token, "/page")).text();
            expect(text).to.include("og:title").and.not.include("og:image");
            expect(text).to.not.include(origin);
        }
    });

    it("has a page where it leads to no story, by which the site says so", async () => {
        const page = await opened('x"><script>', "/page");
        expect(page.status).to.equal(404);
        const text = await page.text();
        expect(text).to.include('<a href="/shared/x%22%3E%3Cscript%3E" dir="auto">Story-42</a>');
        expect(text).to.not.include("og:");
    });

    it("lets others listen to the narration, with ranges", async () => {
        const token = await linkOf();
        expect((await opened(token, "/narration")).status).to.equal(404);
        await scene.narrated(id);
        const answer = await fetch(`${scene.service.url}/api/v1/shared/${token}/narration`, {
            headers: { range: "bytes=0-99" },
        });
        expect(answer.status).to.equal(206);
        expect(answer.headers.get("content-type")).to.equal("audio/mpeg");
        expect((await answer.arrayBuffer()).byteLength).to.equal(100);
        const { has_audio, timeline } = (await read(await opened(token))).data;
        expect(has_audio).to.equal(true);
        // So that a page can follow it.
        const heard = await scene.service.get(`/api/v1/audio/status/${id}`, scene.ann.idToken);
        expect(timeline).to.have.length.above(0);
        expect(timeline).to.deep.equal((await read(heard)).data.timeline);
    });

    it("is void once it is taken back, and the next one is another", async () => {
        const token = await linkOf();
        expect((await takeBack()).status).to.equal(200);
        for (const rest of ["", "/page", "/cover", "/narration"]) {
            expect((await opened(token, rest)).status).to.equal(404);
        }
        expect(await linkOf()).to.not.equal(token);
        expect((await opened(token)).status).to.equal(404);
    });

    it("is nobody's to make or take back but its person's", async () => {
        const token = await linkOf();
        for (const refused of [await share(id, scene.bob.idToken), await takeBack(id, scene.bob.idToken)]) {
            expect(refused.status).to.equal(404);
        }
        expect((await opened(token)).status).to.equal(200);
        for (const method of ["POST", "DELETE"]) {
            const answer = await fetch(`${scene.service.url}/api/v1/stories/${id}/link`, { method });
            expect(answer.status).to.equal(401);
        }
    });

    it("is not there for a story that is not finished", async () => {
        scene.upstreams.down("model");
        const events = await scene.service.makeStory(scene.ann.idToken, WISH);
        const answer = await share(String(events[0]?.session_id));
        expect(answer.status).to.equal(409);
        expect((await read(answer)).message).to.contain("once it is finished");
    });

    it("ends with its story", async () => {
        const gone = await scene.story();
        const token = await linkOf(gone);
        expect((await opened(token)).status).to.equal(200);
        await fetch(`${scene.service.url}/api/v1/stories/${gone}`, {
            method: "DELETE",
            headers: { authorization: `Bearer ${scene.ann.idToken}` },
        });
        expect((await opened(token)).status).to.equal(404);
    });
});
