/**
 * A small Lambda runtime interface client for the project's own base image, which stands in for AWS's where that can't
 * be had. With AWS_LAMBDA_RUNTIME_API it polls that address as any runtime does; without it, it answers
 * `POST /2015-03-31/functions/function/invocations` on port 8080, as AWS's base images do outside Lambda.
 */

import { existsSync } from "node:fs";
import { createServer, get } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const [file, name] = splitHandler(process.argv[2] ?? process.env._HANDLER ?? "index.handler");
const streamed = Symbol.for("story-42.streamed");

globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [streamed]: true }),
    HttpResponseStream: {
        from(stream, metadata) {
            stream.write(`${JSON.stringify(metadata)}${"\0".repeat(8)}`);
            return stream;
        },
    },
};

function splitHandler(handler) {
    const dot = handler.lastIndexOf(".");
    return [handler.slice(0, dot), handler.slice(dot + 1)];
}

async function loadHandler() {
    const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
    const path = [".mjs", ".js", ".cjs"].map((ending) => join(root, file + ending)).find((path) => existsSync(path));
    if (!path) {
        throw new Error(`There is no ${file}.mjs, ${file}.js or ${file}.cjs in ${root}`);
    }
    const module = await import(pathToFileURL(path).href);
    const handler = module[name] ?? module.default?.[name];
    if (typeof handler !== "function") {
        throw new Error(`${path} exports no function ${name}`);
    }
    return handler;
}

/** Calls the handler; a streaming one gives text, another one gives what is to be sent as JSON. */
async function call(handler, event, context) {
    if (!handler[streamed]) {
        return JSON.stringify((await handler(event, context)) ?? null);
    }
    const { PassThrough } = await import("node:stream");
    const stream = new PassThrough();
    stream.setContentType = () => {};
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    const ended = new Promise((resolve) => stream.once("end", resolve));
    await handler(event, stream, context);
    stream.end();
    await ended;
    return Buffer.concat(chunks);
}

function contextOf(headers) {
    const deadline = Number(headers.get("lambda-runtime-deadline-ms")) || Date.now() + 900_000;
    return {
        awsRequestId: headers.get("lambda-runtime-aws-request-id") ?? crypto.randomUUID(),
        invokedFunctionArn: headers.get("lambda-runtime-invoked-function-arn") ?? "",
        functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? "function",
        functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION ?? "$LATEST",
        memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? "128",
        logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME ?? "",
        logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME ?? "",
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => deadline - Date.now(),
    };
}

function errorOf(error) {
    return JSON.stringify({
        errorType: error?.name ?? "Error",
        errorMessage: error?.message ?? String(error),
        trace: String(error?.stack ?? "").split("\n"),
    });
}

/** The next event, whenever it comes: fetch gives up after five minutes without an answer. */
async function nextEvent(address) {
    const response = await new Promise((resolve, reject) => get(address, resolve).once("error", reject));
    return { headers: new Headers(response.headers), event: await json(response) };
}

async function poll(api, handler) {
    const base = `http://${api}/2018-06-01/runtime/invocation`;
    for (;;) {
        const { headers: about, event } = await nextEvent(`${base}/next`);
        const id = about.get("lambda-runtime-aws-request-id");
        try {
            const body = await call(handler, event, contextOf(about));
            const headers = handler[streamed] ? { "lambda-runtime-function-response-mode": "streaming" } : {};
            await fetch(`${base}/${id}/response`, { method: "POST", body, headers });
        } catch (error) {
            await fetch(`${base}/${id}/error`, { method: "POST", body: errorOf(error) });
        }
    }
}

function serve(handler) {
    createServer(async (request, response) => {
        const chunks = [];
        for await (const chunk of request) {
            chunks.push(chunk);
        }
        try {
            const event = JSON.parse(Buffer.concat(chunks).toString() || "{}");
            response.end(await call(handler, event, contextOf(new Headers())));
        } catch (error) {
            response.end(errorOf(error));
        }
    }).listen(8080);
}

const api = process.env.AWS_LAMBDA_RUNTIME_API;
try {
    const handler = await loadHandler();
    await (api ? poll(api, handler) : serve(handler));
} catch (error) {
    console.error(error);
    if (api) {
        await fetch(`http://${api}/2018-06-01/runtime/init/error`, { method: "POST", body: errorOf(error) });
    }
    process.exit(1);
}
