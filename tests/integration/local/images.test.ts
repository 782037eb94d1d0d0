import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { execa } from "execa";
import { isAlive } from "../../../automation/processes/processes.ts";
import type { Report } from "../../images/report.ts";
import { CloudCopy } from "../../kit/local/cloudCopy.ts";
import { inSteps } from "../../kit/steps.ts";

/** The images of one copy of the project, from an interrupted build to a changed line; each step needs the last. */
describe("npm run images", function () {
    this.timeout(600_000);
    inSteps(this);
    let cloud: CloudCopy;
    let first: Report;
    const folder = () => join(cloud.stateDir, "image-check", process.arch === "arm64" ? "linux-arm64" : "linux-amd64");
    const report = (): Report => JSON.parse(readFileSync(join(folder(), "images.json"), "utf8"));

    const entries = (path: string) => (existsSync(join(folder(), path)) ? readdirSync(join(folder(), path)) : []);
    const containers = () => entries("containers/state");

    /** Names of what was started and still runs. */
    function running(): string[] {
        const processOf = (file: string) => JSON.parse(readFileSync(join(folder(), "pids", file), "utf8")).process;
        return [...entries("pids").filter((file) => isAlive(processOf(file))), ...containers()];
    }

    before(async () => {
        cloud = await CloudCopy.make();
    });
    after(async () => {
        await cloud?.remove();
    });

    it("says why when this machine can't build them", async () => {
        chmodSync(cloud.folder, 0o755);
        const { stderr, exitCode } = await execa(process.execPath, ["tests/images/main.ts"], {
            cwd: cloud.folder,
            uid: 65534,
            reject: false,
        });
        expect(exitCode).to.equal(1);
        expect(stderr).to.contain("The images can't be built on this machine: BuildKit's daemon needs root");
        expect((await cloud.check("--platform", "windows/amd64")).code).to.equal(2);
    });

    it("leaves nothing running when it is interrupted while containers start", async () => {
        const { child, ended, seen } = cloud.startCheck();
        await seen(/… Starting the images/);
        while (containers().length === 0) {
            await sleep(20);
        }
        child.kill("SIGINT");
        const { code, text } = await ended;
        expect(code, text).to.equal(130);
        expect(running()).to.deep.equal([]);
    });

    it("builds all four, finds nothing wrong with them, and makes a story with them from the registry", async () => {
        const { code, text } = await cloud.check();
        expect(code, text).to.equal(0);
        first = report();
        expect(first).to.have.all.keys("text", "image", "dataOps", "agent");
        for (const [name, image] of Object.entries(first)) {
            expect(image.problems, name).to.deep.equal([]);
            expect(image.ref, name).to.match(/^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com\/.+@sha256:[0-9a-f]{64}$/);
            expect(image.user, name).to.match(/^[1-9]\d*:[1-9]\d*$/);
            expect(image.ran, name).to.equal(`read-only, uid ${image.user.split(":")[0]}`);
            expect(text).to.contain(`${name.padEnd(7)}  ${image.digest.slice(0, 19)}`);
        }
        expect(text).to.match(/base of text, image, dataOps: \S+ \(.*BASE_IMAGE\)/);
        expect(text)
            .to.match(/✓ Story by the agents: .+ chapters/)
            .and.to.match(/✓ Narration: \d+ s of audio/);
        expect(readFileSync(join(folder(), "demo/panel-1.png")).toString("latin1", 1, 4)).to.equal("PNG");
        expect(running()).to.deep.equal([]);
    });

    it("builds nothing when nothing has changed, and one layer of one image for a changed line of what they share", async () => {
        appendFileSync(join(cloud.folder, "docker/shared/pictures.ts"), '\nconsole.debug("changed");\n');
        const { code, text } = await cloud.check();
        expect(code, text).to.equal(0);
        // The same again, within the same run.
        expect(text).to.match(/Once more, with nothing changed:[\s\S]*✓ Preview: nothing to change/);
        const { image, ...others } = report();
        const { image: before, ...othersBefore } = first;
        for (const [name, { digest }] of Object.entries(others)) {
            expect(digest, name).to.equal(othersBefore[name as keyof typeof others].digest);
        }
        expect(image.layers.slice(0, -1)).to.deep.equal(before.layers.slice(0, -1));
        expect(image.layers.at(-1)).not.to.equal(before.layers.at(-1));
        expect(text).to.match(new RegExp(`^  image .* 1 of ${image.layers.length} layers new`, "m"));
        expect(text.match(/ unchanged /g)).to.have.length(3);
    });
});
