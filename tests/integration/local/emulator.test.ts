import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    CreateTableCommand,
    type CreateTableCommandInput,
    DynamoDBClient,
    ListTablesCommand,
} from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { isAlive } from "../../../automation/processes/processes.ts";
import { isHealthy, runningEmulator, startEmulator, stopEmulator } from "../../../local/background/emulator.ts";
import { runningService, type Service } from "../../../local/background/process.ts";
import { Screen } from "../../../local/lib/screen.ts";
import { ministack } from "../../../local/tools/ministack.ts";
import { ToolSet } from "../../../local/tools/tool.ts";

describe("The emulator", function () {
    this.timeout(300_000);
    let stateDir: string;
    let command: string;

    before(async () => {
        command = await new ToolSet(new Screen(process.stderr), new AbortController().signal).provide(ministack);
    });
    beforeEach(() => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-emulator-"));
    });
    afterEach(async () => {
        await stopEmulator(stateDir);
        rmSync(stateDir, { recursive: true });
    });
    const running = (name: string) => runningService(stateDir, name) as Service;
    const start = (port = 0) => startEmulator({ command, stateDir, region: "us-east-1", port });

    it("runs on loopback, and is found again by its folder", async () => {
        const first = await start();
        expect(first.endpoint).to.equal(`http://127.0.0.1:${first.port}`);
        expect(await isHealthy(first.endpoint)).to.equal(true);
        const second = await start();
        expect({ started: second.started, process: second.process }).to.deep.equal({
            started: false,
            process: first.process,
        });
    });

    it("keeps its state over a stop and a start, at the same address", async () => {
        const first = await start();
        await clientOf(first.endpoint).send(new CreateTableCommand(TABLE));
        expect(await stopEmulator(stateDir)).to.equal(true);
        expect(isAlive(first.process)).to.equal(false);
        expect(runningEmulator(stateDir)).to.equal(undefined);
        const second = await start();
        expect(second.endpoint).to.equal(first.endpoint);
        expect((await clientOf(second.endpoint).send(new ListTablesCommand({}))).TableNames).to.deep.equal(["kept"]);
    });

    it("keeps what was written when it is killed", async () => {
        const first = await start();
        const client = clientOf(first.endpoint);
        await client.send(new CreateTableCommand(TABLE));
        const file = join(stateDir, "emulator/dynamodb.json");
        while (!existsSync(file)) {
            await sleep(50);
        }
        process.kill(running("emulator").process.pid, "SIGKILL");
        await start();
        expect((await client.send(new ListTablesCommand({}))).TableNames).to.deep.equal(["kept"]);
    });

    it("writes nothing that another user can read", async () => {
        const first = await start();
        mkdirSync(join(stateDir, "emulator/older"), { mode: 0o755 });
        writeFileSync(join(stateDir, "emulator/older/key.pem"), "", { mode: 0o644 });
        await clientOf(first.endpoint).send(new CreateTableCommand(TABLE));
        await stopEmulator(stateDir);
        await start();
        expect(existsSync(join(stateDir, "emulator/dynamodb.json"))).to.equal(true);
        expect(openTo(stateDir)).to.deep.equal([]);
    });

    it("is found without its files, and ended", async () => {
        const first = await start();
        const before = running("emulator");
        for (const name of ["emulator", "gateway"]) {
            writeFileSync(join(stateDir, "pids", `${name}.json`), "");
        }
        writeFileSync(join(stateDir, "ports.json"), "");
        const second = await start();
        expect([second.started, second.process, second.endpoint]).to.deep.equal([false, first.process, first.endpoint]);
        rmSync(join(stateDir, "pids"), { recursive: true });
        expect(await stopEmulator(stateDir)).to.equal(true);
        expect([isAlive(first.process), isAlive(before.process)]).to.deep.equal([false, false]);
    });

    it("starts with any one of its own files empty", async () => {
        const first = await start();
        await clientOf(first.endpoint).send(new CreateTableCommand(TABLE));
        await stopEmulator(stateDir);
        for (const path of readdirSync(stateDir, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => join(parentPath, name))
            .filter((path) => /gateway\.json|ports\.json|dynamodb\.json|cognito/.test(path))) {
            writeFileSync(path, "");
        }
        writeFileSync(join(stateDir, "emulator/gateway.json"), '{"mails":');
        const second = await start();
        expect(await isHealthy(second.endpoint)).to.equal(true);
    });

    it("says who has the port that a person asks for", async () => {
        const holder = await new Promise<Server>((resolve) => {
            const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        });
        const { port } = holder.address() as { port: number };
        process.env.STORY42_EMULATOR_PORT = String(port);
        try {
            const error = await startEmulator({ command, stateDir, region: "us-east-1" }).catch((reason) => reason);
            expect(error.message)
                .to.match(new RegExp(`^Port ${port} for gateway is in use by (.+ \\(process \\d+\\)|another program)`))
                .and.to.contain("STORY42_EMULATOR_PORT");
            expect(runningEmulator(stateDir)).to.equal(undefined);
        } finally {
            await new Promise((resolve) => holder.close(resolve));
        }
    });

    it("has a port of its own beside another one, with nothing set", async () => {
        delete process.env.STORY42_EMULATOR_PORT;
        const other = mkdtempSync(join(tmpdir(), "story-42-emulator-"));
        try {
            const [first, second] = [
                await startEmulator({ command, stateDir, region: "us-east-1" }),
                await startEmulator({ command, stateDir: other, region: "eu-west-1" }),
            ];
            const addresses = [first.endpoint, first.socket, second.endpoint, second.socket];
            expect(new Set(addresses).size).to.equal(4);
            expect(await Promise.all(addresses.map(isHealthy))).to.deep.equal([true, true, true, true]);
        } finally {
            await stopEmulator(other);
            rmSync(other, { recursive: true });
        }
    });

    it("says why it did not start", async () => {
        const error = await startEmulator({ command: "false", stateDir, region: "us-east-1", port: 0 }).catch(
            (reason) => reason,
        );
        expect(error.message)
            .to.match(/^emulator did not start: ended with 1/)
            .and.to.contain("Its log is ");
    });
});

const TABLE: CreateTableCommandInput = {
    TableName: "kept",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
};

function clientOf(endpoint: string): DynamoDBClient {
    return new DynamoDBClient({
        endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
}

/** What in a folder others than its owner may read or write. */
function openTo(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
        (path) => (statSync(join(folder, path)).mode & 0o077) !== 0,
    );
}
