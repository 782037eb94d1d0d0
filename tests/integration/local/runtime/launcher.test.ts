/** What the code of images may do where it runs as a process of this machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { processLauncher } from "../../../../local/runtime/launcher.ts";

const DIGEST = "4".repeat(64);
const REF = `127.0.0.1/images@sha256:${DIGEST}`;

/** Tries to write beside itself and to `/tmp`, in the process and in one that it starts. */
const PROGRAM = `
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
const tried = (file) => {
    try {
        writeFileSync(file, "");
        rmSync(file);
        return "written";
    } catch (error) {
        return error.code;
    }
};
const files = [import.meta.dirname + "/beside", "/story-42-launcher-test", "/tmp/story-42-launcher-test"];
console.log(JSON.stringify([...files.map(tried), execFileSync("echo", ["started"], { encoding: "utf8" }).trim()]));
`;

describe("Code of an image as a process", () => {
    let folder: string;

    before(() => {
        // Not below `/tmp`, where it might be written to, and where this project may be.
        folder = mkdtempSync("/var/tmp/story-42-launcher-");
        const image = join(folder, DIGEST.slice(0, 24));
        mkdirSync(join(image, "files/app"), { recursive: true });
        writeFileSync(
            join(image, "image.json"),
            JSON.stringify({ workingDir: "/app", command: ["node", "main.mjs"], env: {} }),
        );
        writeFileSync(join(image, "files/app/main.mjs"), PROGRAM);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    async function run(nodeOptions?: string) {
        const code =
            nodeOptions === undefined
                ? undefined
                : { folder: join(folder, DIGEST.slice(0, 24), "files/app"), nodeOptions };
        const image = await processLauncher("http://127.0.0.1:9", folder).fetch(REF, code);
        const { command, cwd, env } = await image.startService([], {});
        const [program = "", ...args] = command;
        const { stdout, stderr } = await execa(program, args, { cwd, env, extendEnv: false });
        return { tried: JSON.parse(stdout), stderr };
    }

    it("writes to /tmp alone, as on AWS, and is told of nothing else", async () => {
        const { tried, stderr } = await run();
        expect(tried).to.deep.equal(["ERR_ACCESS_DENIED", "ERR_ACCESS_DENIED", "written", "started"]);
        expect(stderr).to.equal("");
    });

    it("can be debugged, which a read-only root would not allow", async () => {
        const open = 'import{open,url}from"node:inspector";open(0,"127.0.0.1");if(!url())throw Error("no inspector")';
        const { tried } = await run(`--import=data:text/javascript,${encodeURIComponent(open)}`);
        expect(tried.at(-1)).to.equal("started");
    });
});
