import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { execa } from "execa";
import { root } from "../../../local/lib/paths.ts";
import manifest from "../../../package/package.json" with { type: "json" };
import { yamlLanguageHostCommand } from "../../kit/tools.ts";
import type { Installed, ScriptExample } from "./example.ts";

/** The commands that the example's own first lines name, and what they made. */
export const run: ScriptExample["run"] = async (installed) => {
    const { folder, env, client, cloud } = installed;
    linkPackage(folder);
    // The host for YAML starts the package's plugin itself, and looks on PATH for the one for Node.js.
    const hosts = [await yamlLanguageHostCommand(), cloud.pulumi].map((path) => dirname(path));
    const pulumi = command({ ...installed, env: { ...env, PATH: [...hosts, env.PATH].join(delimiter) } });

    await pulumi("package", "add", "./node_modules/story42");
    await pulumi("stack", "init", "trial");
    await pulumi("config", "set", "--secret", "googleApiKey", "google-key-value");
    await pulumi("config", "set", "--secret", "ttsApiKey", "tts-key-value");
    // Nothing of the network is known before it is made: the data do without.
    expect(await pulumi("preview")).to.match(/\+ \d+ to create/);
    await pulumi("up", "--yes", "--skip-preview");

    const outputs = JSON.parse(await pulumi("stack", "output", "--json"));
    const { Subnets = [] } = await new EC2Client(client).send(
        new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [outputs.vpcId] }] }),
    );
    expect(Subnets.map(({ CidrBlock }) => CidrBlock)).to.have.members(
        ["1", "2", "11", "12"].map((third) => `10.60.${third}.0/24`),
    );
    expect(Subnets.map(({ SubnetId }) => SubnetId)).to.include.members(outputs.publicSubnetIds);
    const table = new DescribeTableCommand({ TableName: "sheets-story-sessions-trial" });
    const { Table } = await new DynamoDBClient(client).send(table);
    expect(Table).to.include({ TableName: outputs.tableName, TableArn: outputs.tableArn });

    const state = await pulumi("stack", "export");
    expect(state).to.not.contain("google-key-value").and.to.not.contain("tts-key-value");
    expect(await pulumi("preview", "--expect-no-changes")).to.match(/\d+ unchanged/);
    await pulumi("destroy", "--yes", "--skip-preview");
    expect(JSON.parse(await pulumi("stack", "export")).deployment.resources ?? []).to.deep.equal([]);
    const gone = await new DynamoDBClient(client).send(table).catch((reason) => reason.name);
    expect(gone).to.equal("ResourceNotFoundException");

    for (const program of documentedPrograms()) {
        const project = readFileSync(join(folder, "Pulumi.yaml"), "utf8").replace(
            /^(resources|outputs):\n([ #].*\n|\n)*/gm,
            "",
        );
        writeFileSync(join(folder, "Pulumi.yaml"), `${project}${program}`);
        expect(await pulumi("preview")).to.match(/\+ \d+ to create/);
    }
};

/** The YAML of the page on other languages, each a program's resources. */
function documentedPrograms(): string[] {
    const page = readFileSync(join(root, "docs/other-languages.md"), "utf8");
    return [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, program = ""]) => program);
}

function command({ folder, cloud, env }: Installed) {
    return async (...args: string[]): Promise<string> => {
        const options = { cwd: folder, env, stdin: "ignore", reject: false, all: true } as const;
        const { stdout, all, exitCode } = await execa(cloud.pulumi, [...args, "--non-interactive"], options);
        expect(exitCode, all).to.equal(0);
        return stdout;
    };
}

/** Puts the package where npm puts it for the example's `package.json`, which is under a name of its own. */
function linkPackage(folder: string): void {
    const packed = createRequire(join(folder, "package.json")).resolve(`${manifest.name}/package.json`);
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(dirname(packed), join(folder, "node_modules/story42"));
}
