import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { askModelServer } from "../../../../../standins/upstreams/model/modelServer.ts";

describe("A server of a model of one's own", () => {
    it("gets images as OpenAI's format has them, whether they come as bytes or in base64", async () => {
        const asked: { messages: { content: unknown }[] }[] = [];
        const server = createServer(async (request, response) => {
            asked.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
            response.end(JSON.stringify({ choices: [{ message: { content: "a fox" } }] }));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
        for (const bytes of [Buffer.from("fox"), Buffer.from("fox").toString("base64")]) {
            const content = [{ text: "What is it?" }, { image: { format: "png", source: { bytes } } }];
            await askModelServer({ url, model: "own" }, { messages: [{ role: "user", content }] });
        }
        server.close();
        server.closeAllConnections();
        const expected = [
            { type: "text", text: "What is it?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,Zm94" } },
        ];
        expect(asked.map(({ messages }) => messages[0]?.content)).to.deep.equal([expected, expected]);
    });
});
