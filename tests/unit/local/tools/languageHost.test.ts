import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { checkoutVariables } from "../../../../local/tools/checkoutScript.ts";
import { provideLanguageHost } from "../../../../local/tools/languageHost.ts";

describe("the stand-in for Pulumi's language host", () => {
    let folder: string;
    let host: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-host-"));
        mkdirSync(join(folder, "bin"));
        host = join(folder, "bin/pulumi-language-nodejs");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const provide = () => provideLanguageHost(join(folder, "bin/pulumi"));
    const put = (text: string) => writeFileSync(host, text, { mode: 0o755 });
    const current = () => checkoutVariables.STORY42_LANGUAGE_HOST;

    it("leaves Pulumi's own as it is", () => {
        put("#!/bin/sh\necho official\n");
        provide();
        expect(readFileSync(host, "utf8")).to.contain("echo official");
    });

    it("starts the one of the checkout that asks, whoever put it there", async () => {
        provide();
        const other = join(folder, "main.mjs");
        writeFileSync(other, 'console.log("the other one, with", process.argv[2]);');
        const { stdout } = await execa(host, ["1234"], {
            env: { ...checkoutVariables, STORY42_LANGUAGE_HOST: other },
        });
        expect(stdout).to.equal("the other one, with 1234");
    });

    it("takes the place of one whose checkout is gone, and of none whose checkout is there", () => {
        provide();
        const ours = readFileSync(host, "utf8");
        put(ours.replace(current(), join(folder, "gone/main.ts")));
        provide();
        expect(readFileSync(host, "utf8")).to.equal(ours);
        writeFileSync(join(folder, "main.ts"), "");
        const another = ours.replace(current(), join(folder, "main.ts"));
        put(another);
        provide();
        expect(readFileSync(host, "utf8")).to.equal(another);
    });

    it("takes the place of an older form", () => {
        put(`#!/bin/sh\n# Story-42's stand-in for pulumi-language-nodejs\nexec 'node' '${current()}' "$@"\n`);
        provide();
        expect(readFileSync(host, "utf8")).to.contain("STORY42_LANGUAGE_HOST");
    });

    it("ends with its engine, which may not say so", async () => {
        const running = execa(process.execPath, [current(), "127.0.0.1:1"], { stdin: "pipe" });
        await once(running.stdout, "data");
        running.stdin.end();
        expect((await running).exitCode).to.equal(0);
    });
});
