import {
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { closeToOthers, readJson, writeJson, writeWhole } from "../../../../local/lib/files.ts";
import { secretFor } from "../../../../local/lib/secret.ts";

describe("A file of the local cloud's own", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "story-42-files-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const mode = (path: string) => statSync(path).mode & 0o777;

    it("is its owner's alone, as is its folder", () => {
        mkdirSync(join(folder, "in"), { mode: 0o755 });
        writeWhole(join(folder, "in/a"), "text");
        expect([mode(join(folder, "in")), mode(join(folder, "in/a"))]).to.deep.equal([0o700, 0o600]);
    });

    it("stays whole when there is no room for the next one", () => {
        const path = join(folder, "kept.json");
        writeJson(path, { a: 1 });
        // A device that is always full, in the place of the file that is written first.
        symlinkSync("/dev/full", `${path}.${process.pid}.new`);
        expect(() => writeJson(path, { a: 2 })).to.throw(/ENOSPC/);
        expect(readJson(path)).to.deep.equal({ a: 1 });
        expect(readdirSync(folder)).to.deep.equal(["kept.json"]);
    });

    it("says nothing when it is empty, cut off or not there", () => {
        writeFileSync(join(folder, "empty"), "");
        writeFileSync(join(folder, "cut"), '{"a":');
        expect(["empty", "cut", "none"].map((name) => readJson(join(folder, name)))).to.deep.equal([
            undefined,
            undefined,
            undefined,
        ]);
    });

    it("is closed to others with all that a folder holds", () => {
        mkdirSync(join(folder, "keys"), { mode: 0o755 });
        writeFileSync(join(folder, "keys/pool.pem"), "", { mode: 0o644 });
        closeToOthers(folder);
        expect([mode(join(folder, "keys")), mode(join(folder, "keys/pool.pem"))]).to.deep.equal([0o700, 0o600]);
    });

    it("has a secret that is another one for each purpose and each local cloud, and made anew when it was lost", () => {
        const other = join(folder, "other");
        const [first, again] = [secretFor("a", folder), secretFor("a", folder)];
        expect(first)
            .to.match(/^[\w-]{43}$/)
            .and.to.equal(again);
        expect(new Set([first, secretFor("b", folder), secretFor("a", other)]).size).to.equal(3);
        expect(mode(join(folder, "secret"))).to.equal(0o600);
        writeFileSync(join(folder, "secret"), "");
        expect(secretFor("a", folder))
            .to.match(/^[\w-]{43}$/)
            .and.to.not.equal(first);
        expect(readFileSync(join(folder, "secret"), "utf8")).to.not.contain(first);
    });
});
