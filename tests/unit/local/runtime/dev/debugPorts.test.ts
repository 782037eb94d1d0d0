import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { imageNames } from "../../../../../local/runtime/dev/bundles.ts";
import { DebugPorts, FIRST_DEBUG_PORT } from "../../../../../local/runtime/dev/debugPorts.ts";
import { titles } from "../../../../../local/runtime/dev/meaning.ts";
import { freePorts } from "../../../../kit/local/debugger.ts";

describe("A debug port", () => {
    let first: number;
    let ports: DebugPorts;
    const children: ChildProcess[] = [];

    beforeEach(async () => {
        first = await freePorts(imageNames.length);
        ports = await DebugPorts.open(first);
    });
    afterEach(async () => {
        await Promise.all(children.splice(0).map(end));
        await ports.close();
    });

    /** Runs a version of a function; resolves once it has opened its inspector. */
    async function run(version: string): Promise<ChildProcess> {
        const child = spawn(process.execPath, ["-e", `console.log("ready"); setInterval(() => {}, 1000)`, version], {
            env: { NODE_OPTIONS: ports.nodeOptions("text", `/code/${version}`) },
            stdio: ["ignore", "pipe", "ignore"],
        });
        children.push(child);
        await once(child.stdout, "data");
        return child;
    }

    async function end(child: ChildProcess): Promise<void> {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill("SIGKILL");
            await once(child, "exit");
        }
    }

    /** The process id that debuggers find at the port. */
    async function found(): Promise<number> {
        const [{ webSocketDebuggerUrl = "" } = {}] = await targets();
        const socket = new WebSocket(webSocketDebuggerUrl);
        await once(socket, "open");
        socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: "process.pid" } }));
        const [{ data }] = (await once(socket, "message")) as [MessageEvent];
        socket.close();
        return JSON.parse(data).result.result.value;
    }

    const targets = async () =>
        (await (await fetch(`http://127.0.0.1:${first}/json/list`)).json()) as { webSocketDebuggerUrl: string }[];

    it("leads to the newest process, and to the one before when that has ended", async () => {
        const old = await run("a");
        expect(await found()).to.equal(old.pid);
        const newest = await run("b");
        expect(await found()).to.equal(newest.pid);
        await end(newest);
        expect(await found()).to.equal(old.pid);
    });

    it("disconnects the debugger of an earlier version, and no other", async () => {
        await run("a");
        const [{ webSocketDebuggerUrl = "" } = {}] = await targets();
        const socket = new WebSocket(webSocketDebuggerUrl);
        await once(socket, "open");
        await run("a");
        expect(socket.readyState).to.equal(WebSocket.OPEN);
        const closed = once(socket, "close");
        await run("b");
        await closed;
    });

    it("connects to nothing before a process runs", async () => {
        const error = await fetch(`http://127.0.0.1:${first}/json/list`).catch((one: Error) => one);
        expect(error).to.be.instanceOf(TypeError);
    });

    it("says which port is taken", async () => {
        const error = await DebugPorts.open(first).catch((one: Error) => one);
        expect(String(error)).to.match(new RegExp(`the port ${first}: .*EADDRINUSE.*--inspect PORT`));
    });
});

describe("The editor's settings", () => {
    const root = join(import.meta.dirname, "../../../../..");
    const { configurations, compounds } = JSON.parse(readFileSync(join(root, ".vscode/launch.json"), "utf8")) as {
        configurations: { name: string; request: string; port?: number; program?: string; args?: string[] }[];
        compounds: { configurations: string[] }[];
    };

    it("attach to each part at its port", () => {
        const attaching = configurations.filter(({ request }) => request === "attach");
        expect(attaching.map(({ name, port }) => [name, port])).to.deep.equal(
            imageNames.map((image, index) => [`Attach to the ${titles[image]}`, FIRST_DEBUG_PORT + index]),
        );
        expect(compounds[0]?.configurations).to.deep.equal(attaching.map(({ name }) => name));
    });

    it("run the tests of a file with the project's Node, whichever the machine's is", async () => {
        const { program = "", args = [] } = configurations.find(({ name }) => name === "Tests of the open file") ?? {};
        const words = [program, ...args].map((word) =>
            word.replace(/\$\{workspaceFolder\}/, root).replace(/\$\{file\}/, "tests/unit/site/cues.test.ts"),
        );
        // The project's Node is the first on the path of its own processes.
        const path = (process.env.PATH ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
        const { stdout } = await execa("node", words, { cwd: root, env: { PATH: path.join(":") } });
        expect(stdout).to.match(/\d passing/);
    });
});
