/** docs/adopt.md, walked through as it stands: in a checkout, with an emulator for AWS that has the old deployment. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { imageSources } from "../../../../stacks/imageSources.ts";
import { contentsOf } from "../../../kit/adopt/contents.ts";
import { terraformState, unpackEmulator } from "../../../kit/adopt/oldDeployment.ts";
import { Clients } from "../../../kit/cloudClients.ts";
import { Shell } from "../../../kit/local/shell.ts";
import { inSteps } from "../../../kit/steps.ts";

const region = "us-east-1";
const guide = readFileSync(join(import.meta.dirname, "../../../../docs/adopt.md"), "utf8");
/** The scripts of the guide, in order. */
const scripts = [...guide.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, indent = "", script = ""]) =>
    script.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
);
const [begin = "", backUp = "", look = "", takeOver = "", giveBack = "", ...others] = scripts;

/** What stands for Terraform and for AWS's command line on the PATH: they answer what the guide asks them. */
const tools = (folder: string) => ({
    terraform: `#!/bin/sh\ntest "$*" = "state pull" && exec cat '${join(folder, "old.tfstate")}'\nexit 2\n`,
    aws: `#!/bin/sh
case "$1 $2" in
"secretsmanager get-secret-value") echo your-google-api-key-here ;;
"dynamodb create-backup" | "s3 sync") echo "$*" >> '${join(folder, "backups")}' ;;
*) exit 2 ;;
esac
`,
});

describe("The guide for old deployments", function () {
    this.timeout(1_800_000);
    inSteps(this);
    let shell: Shell;
    let had: Awaited<ReturnType<typeof contentsOf>>;
    const contents = () => contentsOf(new Clients(shell.cloud.emulator.endpoint, region));
    /** A script of the guide, with the tools that it asks for. */
    const inShell = (script: string) => `export PATH="${join(shell.folder, "tools")}:$PWD/bin:$PATH"\n${script}`;
    const run = (script: string, input?: string) => shell.run(inShell(script), input);
    const settings = () => readFileSync(join(shell.checkout, "Pulumi.dev.yaml"), "utf8");
    const expectSame = async () => {
        const { repositories: _, ...after } = await contents();
        const { repositories: __, ...before } = had;
        expect(after).to.deep.equal(before);
    };

    before(async () => {
        shell = await Shell.open({
            region,
            buildImages: false,
            withPackages: true,
            prepare: async (stateDir) => await unpackEmulator(stateDir, region),
        });
        writeFileSync(join(shell.folder, "old.tfstate"), terraformState(region));
        mkdirSync(join(shell.folder, "tools"));
        for (const [name, script] of Object.entries(tools(shell.folder))) {
            writeFileSync(join(shell.folder, "tools", name), script, { mode: 0o755 });
        }
        // Images that nobody has to build.
        const image = (name: string) => `registry.example.com/${name.toLowerCase()}@sha256:${"a".repeat(64)}`;
        const images = Object.fromEntries(Object.keys(imageSources).map((name) => [name, image(name)]));
        const file = join(shell.checkout, "Pulumi.dev.yaml");
        writeFileSync(file, `${readFileSync(file, "utf8")}  story-42:images: '${JSON.stringify(images)}'\n`);
        had = await contents();
    });
    after(async () => {
        await shell?.close();
    });

    it("has no script that is not walked through", () => {
        expect(others).to.deep.equal(["terraform apply\nstory42 destroy --stack dev\n"]);
    });

    it("makes the stack and the backup", async () => {
        const made = await run(begin, "abcdefg\n");
        expect(made.code, made.text).to.equal(0);
        expect(settings()).to.contain("tech42TtsApiUrl");
        const backedUp = await run(backUp);
        expect(backedUp.code, backedUp.text).to.equal(0);
        expect(readFileSync(join(shell.folder, "backups"), "utf8").split("\n")).to.have.length(4);
    });

    it("shows a plan that names the settings to make equal, which its own commands do", async () => {
        const first = await run(look);
        expect(first.text).to.match(/^What changes for those who use it \(\d+\):$/m);
        expect(first.text).to.contain("REFUSED");
        const commands = [...first.text.matchAll(/To make it equal: (pulumi config set .*)$/gm)].map(
            ([, set]) => set ?? "",
        );
        expect(commands.join()).to.match(/userPoolDomain hackathon-2025-dev/);
        for (const command of commands) {
            const { code, text } = await run(command);
            expect(code, `${command}\n${text}`).to.equal(0);
        }
        const second = await run(look);
        expect(second.code, second.text).to.equal(0);
        expect(second.text).to.match(/Nothing was changed yet: --yes applies this plan\.$/m);
        expect(settings()).not.to.contain("protectData");
        await expectSame();
    });

    /** The part of the changes that are made, as the output counts them; what an earlier run made is not counted again. */
    const partMade = (said: string) =>
        Math.max(
            0,
            ...[...said.matchAll(/^ {2}(\d+)\/(\d+) (?:import|create|update) /gm)].map(
                ([, done, of]) => Number(done) / Number(of),
            ),
        );
    for (const [moment, least] of [
        ["as it begins to change things", 0],
        ["in the middle", 0.4],
    ] as const) {
        it(`has lost nothing when it is killed ${moment}`, async () => {
            const running = shell.start(inShell(takeOver));
            let said = "";
            for await (const part of running.all ?? []) {
                said += part;
                if (partMade(said) > least) {
                    break;
                }
            }
            expect(partMade(said), said).to.be.above(least);
            for (const pid of [...descendants(running.pid ?? 0), running.pid ?? 0]) {
                process.kill(pid, "SIGKILL");
            }
            await running;
            await expectSame();
            expect(settings()).to.contain("story-42:protectData");
        });
    }

    it("goes on from there by the same command, to a stack that a preview finds nothing to change of", async () => {
        const { code, text } = await run(takeOver);
        expect(code, text).to.equal(0);
        expect(text).to.match(/^Stack dev has taken the deployment over; a preview finds nothing to change\.$/m);
        expect(text).to.match(/^ {2}terraform state rm '/m);
        await expectSame();
    });

    it("leaves a stack that pulumi destroy does not empty", async () => {
        const { code, text } = await run("pulumi destroy --yes --stack dev");
        expect(code).not.to.equal(0);
        expect(text).to.match(/protected/i);
        await expectSame();
    });

    it("gives all of it back to Terraform by its way back", async () => {
        const { code, text } = await run(giveBack);
        expect(code, text).to.equal(0);
        expect(text).to.match(/^Stack dev has let go of \d+ resources, which are Terraform's again\.$/m);
        await expectSame();
        const { text: state } = await run("pulumi stack export --stack dev");
        expect(state).not.to.match(/sessions-table|:UserPool::/);
    });
});

/** The processes that descend from one, the youngest generation last. */
function descendants(pid: number): number[] {
    const children = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((name) => parentOf(name) === pid)
        .map(Number);
    return children.flatMap((child) => [child, ...descendants(child)]);
}

function parentOf(pid: string): number | undefined {
    try {
        return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
    } catch {
        // It has ended.
        return undefined;
    }
}
