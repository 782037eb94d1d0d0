/** Who has no business with a local cloud: pages of other origins, names that lead to loopback, and whoever knows no secret. */
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import type { ProcessIdentity } from "../../../automation/processes/processes.ts";
import { runningPortService } from "../../../local/background/process.ts";
import { openBrowser } from "../../kit/deployed/browser.ts";
import type { Stage } from "../../kit/deployed/stage.ts";
import { type Listener, listenersOf, processesOf } from "../../kit/deployed/traces.ts";
import { askAs } from "../../kit/rawRequest.ts";

const PAGE = "https://evil.example";
/** What a browser sends for a page that is none of the site's, or whose own name was made to lead to loopback. */
const OF_PAGES: Record<string, string>[] = [
    { origin: PAGE },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
    { host: "evil.example" },
    { host: "127.0.0.1.evil.example" },
];

export function describeIntruders(stageOf: () => Stage): void {
    const folder = () => stageOf().cloud.stateDir;
    const read = (name: string) => JSON.parse(readFileSync(join(folder(), name), "utf8"));
    const portOf = (name: string) => runningPortService(folder(), name)?.port ?? 0;
    /** Everything of the local cloud that listens, by what it is. */
    function listeners(): (Listener & { what: string })[] {
        const { port: site, awsPort, functionsPort } = read("runtime.json");
        const tasks = (read("pids/tasks.json") as ProcessIdentity[]).map(({ pid }) => pid);
        const names = new Map<number, string>([
            [site, "site"],
            [awsPort, "AWS for what runs"],
            [functionsPort, "functions"],
            [portOf("gateway"), "gateway"],
            [portOf("upstreams"), "upstreams"],
        ]);
        return listenersOf(processesOf(stageOf().cloud.folder)).map((one) => ({
            ...one,
            what: names.get(one.port) ?? (tasks.includes(one.pid) ? "agent" : "credentials"),
        }));
    }

    it("listens on loopback alone, and on sockets in its own folder", () => {
        const found = listeners();
        expect(found.filter(({ address }) => address !== "127.0.0.1")).to.deep.equal([]);
        expect(found.map(({ what }) => what).sort()).to.deep.equal([
            "AWS for what runs",
            "agent",
            "credentials",
            "functions",
            "gateway",
            "site",
            "upstreams",
        ]);
        const sockets = readdirSync(folder()).filter((name) => statSync(join(folder(), name)).isSocket());
        expect(sockets).to.include("emulator.sock");
        // Nobody else gets into the folder.
        expect(statSync(folder()).mode & 0o077).to.equal(0);
    });

    it("answers no page of another origin, and no other name", async () => {
        for (const { what, port } of listeners().filter((one) => one.what !== "agent")) {
            for (const headers of OF_PAGES) {
                for (const method of ["GET", "POST", "OPTIONS"]) {
                    const answer = await askAs(`http://127.0.0.1:${port}/`, method, headers);
                    expect(
                        { status: answer.status, allowed: answer.headers["access-control-allow-origin"] },
                        `${what}: ${method} ${JSON.stringify(headers)}`,
                    ).to.deep.equal({ status: 403, allowed: undefined });
                }
            }
        }
    });

    it("gives nothing to whom was not told a secret, or brings no token", async () => {
        const secret = new Set(["functions", "credentials", "upstreams"]);
        const paths = [
            "/",
            "/refresh",
            "/functions/story-42-story-text-regen-local",
            "/credentials",
            "/_control",
            "/voices",
        ];
        for (const { what, port } of listeners()) {
            if (secret.has(what)) {
                for (const path of paths) {
                    expect((await askAs(`http://127.0.0.1:${port}${path}`, "POST", {}, "{}")).status, what).to.equal(
                        403,
                    );
                }
            } else if (what === "agent") {
                const answer = await askAs(`http://127.0.0.1:${port}/api/v1/stories/list`, "GET", { origin: PAGE });
                expect([answer.status, answer.headers["access-control-allow-origin"]]).to.deep.equal([401, undefined]);
            }
        }
    });

    it("keeps its files to its owner", () => {
        const open = ["emulator", "pids", "logs", "kept"].flatMap((name) =>
            readdirSync(join(folder(), name), { recursive: true, encoding: "utf8" })
                .map((path) => join(name, path))
                // One that was written beside another, to take its place, may be gone by now.
                .filter(
                    (path) => ((statSync(join(folder(), path), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
                ),
        );
        expect(open).to.deep.equal([]);
    });

    it("lets a page in a browser read, reset and spend nothing", async () => {
        const stage = stageOf();
        const has = async () => ({
            tables: (await stage.client(DynamoDBClient).send(new ListTablesCommand({}))).TableNames,
            buckets: (await stage.client(S3Client).send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
            secrets: (await stage.client(SecretsManagerClient).send(new ListSecretsCommand({}))).SecretList?.length,
            asked: ((await (await fetch(`${stage.upstreams}/_control/requests`)).json()) as { requests: [] }).requests
                .length,
            faults: await (await fetch(`${stage.upstreams}/_control`)).json(),
        });
        const before = await has();
        const server = createServer((_request, response) => {
            response.setHeader("content-type", "text/html").end("<!doctype html><title>Another page</title>");
        });
        await once(server.listen(0, "127.0.0.1"), "listening");
        const { port } = server.address() as AddressInfo;
        const browser = await openBrowser();
        try {
            const targets = listeners().map((one) => `http://127.0.0.1:${one.port}`);
            for (const origin of [`http://localhost:${port}`, `http://127.0.0.1:${port}`]) {
                const page = await browser.newPage();
                await page.goto(origin);
                const stolen = await page.evaluate<string[]>(
                    `(${INTRUDER})(${JSON.stringify([...targets, new URL(stage.upstreams).origin])})`,
                );
                expect(stolen, origin).to.deep.equal([]);
                await page.close();
            }
        } finally {
            await browser.close();
            server.close();
        }
        expect(await has()).to.deep.equal(before);
    });
}

/** Runs in the page: tries all it can, and returns what it could read. */
const INTRUDER = `async (targets) => {
    const aws = (target, body) => ({
        method: "POST",
        headers: {
            "x-amz-target": target,
            "content-type": "application/x-amz-json-1.1",
            authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/" + body.service + "/aws4_request, SignedHeaders=host, Signature=0",
        },
        body: JSON.stringify(body.input),
    });
    const tries = (base) => [
        [base + "/", {}],
        [base + "/_ministack/health", {}],
        [base + "/_ministack/reset", { method: "POST" }],
        [base + "/_ministack/reset", { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" } }],
        [base + "/", aws("secretsmanager.ListSecrets", { service: "secretsmanager", input: {} })],
        [base + "/", aws("DynamoDB_20120810.ListTables", { service: "dynamodb", input: {} })],
        [base + "/?Action=DeleteUser&UserName=x", { mode: "no-cors" }],
        [base + "/_gateway/mails", {}],
        [base + "/_control", { method: "POST", mode: "no-cors", body: JSON.stringify({ modelServer: { url: "http://evil.example", model: "m" } }) }],
        [base + "/_control/requests", {}],
        [base + "/refresh", { method: "POST", mode: "no-cors" }],
        [base + "/functions/story-42-data-ops-local", { method: "POST", mode: "no-cors", body: '{"operation":"query_sessions"}' }],
        [base + "/voices", {}],
        [base + "/generate/stream", { method: "POST", mode: "no-cors", body: "{}" }],
    ];
    const stolen = [];
    for (const base of targets) {
        for (const [url, options] of tries(base)) {
            const text = await fetch(url, options).then((response) => response.text(), () => "");
            if (text !== "") {
                stolen.push(url + ": " + text.slice(0, 200));
            }
        }
        const picture = new Image();
        picture.src = base + "/?Action=DeleteUser&UserName=x";
        await picture.decode().then(() => stolen.push(picture.src), () => undefined);
        const form = document.createElement("form");
        const frame = Object.assign(document.createElement("iframe"), { name: "sink" + Math.random() });
        Object.assign(form, { action: base + "/_ministack/reset", method: "post", target: frame.name });
        document.body.append(frame, form);
        const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
        form.submit();
        await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 2000))]);
    }
    return stolen;
}`;
