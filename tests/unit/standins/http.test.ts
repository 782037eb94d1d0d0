import { createServer, type Server } from "node:http";
import { expect } from "chai";
import { close, guarded, listen, newSecret, refusalReason } from "../../../standins/http.ts";
import { askAs } from "../../kit/rawRequest.ts";

describe("A server on loopback", () => {
    const local = { host: "127.0.0.1:4566" };
    const refuses = (headers: Record<string, string>, audience = {}, method = "GET") =>
        refusalReason({ method, headers: { ...local, ...headers } }, audience) !== undefined;

    it("answers what runs on the machine, by loopback's names alone", () => {
        for (const host of ["127.0.0.1:4566", "127.0.0.1", "localhost:4566", "LOCALHOST", "[::1]:4566"]) {
            expect(refuses({ host }), host).to.equal(false);
        }
        for (const host of [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.1@evil.example",
        ]) {
            expect(refuses({ host }), host).to.equal(true);
        }
    });

    it("answers no page that it was not told of", () => {
        for (const origin of ["https://evil.example", "null", "http://127.0.0.1:4566", ""]) {
            expect(refuses({ origin }), origin).to.equal(true);
        }
        for (const from of ["cross-site", "same-site", "same-origin"]) {
            expect(refuses({ "sec-fetch-site": from }), from).to.equal(true);
        }
        expect(refuses({ "sec-fetch-site": "none", "sec-fetch-mode": "navigate" })).to.equal(false);
    });

    it("answers the pages that it was told of, which tell themselves by Origin or Referer", () => {
        const audience = { origins: () => ["http://127.0.0.1:8080"] };
        const image = { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" };
        expect(refuses({ origin: "http://127.0.0.1:8080" }, audience)).to.equal(false);
        expect(refuses({ ...image, referer: "http://127.0.0.1:8080/" }, audience)).to.equal(false);
        expect(refuses({ ...image, referer: "http://127.0.0.1:8081/" }, audience)).to.equal(true);
        expect(refuses(image, audience)).to.equal(true);
    });

    it("is a site: its own pages may do everything, and a link on another one may lead to it", () => {
        const site = { isSite: true };
        const own = { origin: "http://127.0.0.1:4566", "sec-fetch-site": "same-origin" };
        expect(refuses(own, site, "POST")).to.equal(false);
        expect(refuses({ "sec-fetch-site": "same-origin" }, site)).to.equal(false);
        const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
        expect(refuses(link, site)).to.equal(false);
        expect(refuses({ ...link, origin: "https://evil.example" }, site, "POST")).to.equal(true);
        expect(refuses({ ...link, host: "evil.example" }, site)).to.equal(true);
        expect(refuses({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, site)).to.equal(true);
        expect(refuses({ origin: "http://127.0.0.1:4567" }, site, "POST")).to.equal(true);
    });

    it("takes the secret off the path, and answers nobody without it", async () => {
        const secret = newSecret();
        const server: Server = createServer(guarded({ secret }, ({ url }, response) => response.end(url)));
        const address = `http://127.0.0.1:${await listen(server, 0)}`;
        const ask = async (path: string) => {
            const { status, text } = await askAs(`${address}${path}`, "GET", {});
            return status === 200 ? text : status;
        };
        try {
            expect(await ask(`/${secret}`)).to.equal("/");
            expect(await ask(`/${secret}/a/b?c=/d`)).to.equal("/a/b?c=/d");
            expect(await ask(`/${secret}?c=d`)).to.equal("/?c=d");
            for (const path of ["/", "/a", `/a/${secret}/b`, `/${secret}a`, `/${secret.slice(1)}/a`, `//${secret}/a`]) {
                expect(await ask(path), path).to.equal(403);
            }
        } finally {
            await close(server);
        }
    });
});
