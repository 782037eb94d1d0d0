/** How the service calls the story's functions: a call that may have been paid for is not sent another way. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { FunctionError, StoryFunctions } from "../../../../../docker/story-generator/tools/storyFunctions.ts";

const { z } = createRequire(new URL("../../../../../docker/package.json", import.meta.url))("zod");

describe("a call of a story's function", () => {
    let server: Server;
    let answer: (request: IncomingMessage, response: ServerResponse) => void;
    let invoked: { headers: Record<string, string> }[];
    const keys: unknown[] = [];

    before(async () => {
        server = createServer((request, response) => {
            keys.push(request.headers["idempotency-key"]);
            request.resume().on("end", () => answer(request, response));
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
    });
    beforeEach(() => {
        invoked = [];
        keys.length = 0;
    });
    after(() => server.close());

    const call = (port = (server.address() as AddressInfo).port) => {
        const lambda = {
            send: async ({ input }: { input: { Payload: string } }) => {
                invoked.push(JSON.parse(input.Payload));
                return { Payload: Buffer.from(JSON.stringify({ statusCode: 200, body: '{"result":"invoked"}' })) };
            },
        };
        const functions = new StoryFunctions({
            lambda: lambda as never,
            apiUrl: `http://127.0.0.1:${port}`,
            clientId: "client",
            names: { text: "text", image: "image" },
        });
        return functions.call(
            {
                operation: "generateStoryImage",
                body: {},
                caller: { userId: "ann", email: "", username: "ann", tokenUse: "id", idToken: "token" },
                key: "the-call",
                timeoutMs: 5_000,
                signal: new AbortController().signal,
                keep: () => undefined,
            },
            z.unknown(),
        );
    };

    it("whose answer is lost is not sent to the function as well", async () => {
        answer = (_request, response) => response.destroy();
        const error = await call().then(
            () => undefined,
            (failure) => failure,
        );
        expect(error).to.be.instanceOf(FunctionError);
        expect(invoked).to.deep.equal([]);
        expect(keys).to.deep.equal(["the-call", "the-call", "the-call"]);
    });

    /** Answers one after the other. */
    const inTurn = (...answers: (typeof answer)[]) => {
        answer = (request, response) => answers.shift()?.(request, response) ?? response.destroy();
    };
    const made: typeof answer = (_request, response) => response.end('{"result":"made"}');
    const underWay: typeof answer = (_request, response) =>
        response.writeHead(409, { "Retry-After": "0.01" }).end("{}");

    it("whose connection closes is sent again under the same key", async () => {
        inTurn((request) => request.socket.destroy(), made);
        expect(await call()).to.equal("made");
        expect(keys).to.deep.equal(["the-call", "the-call"]);
    });

    it("that the gateway gave up waiting for is asked for until the function has ended", async () => {
        const tooLate: typeof answer = (_request, response) =>
            response.writeHead(504).end('{"message":"Endpoint request timed out"}');
        inTurn(tooLate, underWay, underWay, underWay, made);
        expect(await call()).to.equal("made");
        expect(new Set(keys)).to.deep.equal(new Set(["the-call"]));
    });

    it("that the function itself ended with 504 is not sent again", async () => {
        inTurn((_request, response) =>
            response.writeHead(504).end('{"success":false,"error":"model_timeout","message":"Too slow."}'),
        );
        const error = await call().catch((failure) => failure);
        expect(error).to.be.instanceOf(FunctionError).and.include({ status: 504 });
        expect(keys).to.deep.equal(["the-call"]);
    });

    it("that is under way for somebody else is left to its caller", async () => {
        inTurn(underWay);
        const error = await call().catch((failure) => failure);
        expect(error).to.include({ status: 409, retryAfter: 0.01 });
    });

    it("that never left is, by the same name", async () => {
        const other = createServer().listen(0, "127.0.0.1");
        await once(other, "listening");
        const { port } = other.address() as AddressInfo;
        other.close();
        await once(other, "close");
        expect(await call(port)).to.equal("invoked");
        expect(invoked.map(({ headers }) => headers["Idempotency-Key"])).to.deep.equal(["the-call"]);
    });

    it("tells when to ask again", async () => {
        answer = (_request, response) => response.writeHead(429, { "Retry-After": "7" }).end("{}");
        const error = await call().then(
            () => undefined,
            (failure) => failure,
        );
        expect(error).to.include({ status: 429, retryAfter: 7 });
        expect(keys).to.deep.equal(["the-call"]);
    });
});
