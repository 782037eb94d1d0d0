/** That the AWS plugin which is built of published parts has everything that the components use. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../../../local/lib/paths.ts";
import table from "../../../../plugins/aws/types.json" with { type: "json" };
import { readSnapshot } from "../../children/snapshot.ts";

const invokes = Object.keys(table.functions);

/** The texts of a folder's sources. */
function sourcesIn(folder: string): string[] {
    return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
        .map((file) => readFileSync(join(root, folder, file), "utf8"));
}

/** The types that a source makes resources of, by `new aws.x.Y(...)` or by handing `aws.x.Y` to what makes it. */
function typesIn(text: string): string[] {
    const made = text.matchAll(/(?:\bnew |[,(]\s*)aws\.(\w+)\.(?!\w+Args\b)([A-Z])(\w*)(?=[,(])/g);
    return [...made].map(
        ([, module, first = "", rest]) => `aws:${module}/${first.toLowerCase()}${rest}:${first}${rest}`,
    );
}

/** The functions of @pulumi/aws that a source calls, as `MODULE NAME`. */
function invokesIn(text: string): string[] {
    const calls = text.matchAll(/\baws\.(?:(\w+)\.)?(get[A-Z]\w*?)(?:Output)?\(/g);
    return [...calls].map(([, module = "index", name]) => `${module} ${name}`);
}

describe("The table of the AWS plugin's types", () => {
    it("has every type of a component's resources", () => {
        const used = Object.values(readSnapshot()).flatMap((children) => children.map(({ type }) => type));
        const missing = [...new Set(used)].filter((type) => type.startsWith("aws:") && !(type in table.resources));
        expect(missing, `add to plugins/aws/types.json: ${missing.join(", ")}`).to.deep.equal([]);
    });

    it("has every type that is made with any argument, by components or the project's own awsx", () => {
        const used = ["components", "plugins/awsx"].flatMap(sourcesIn).flatMap(typesIn);
        expect(used).to.include.members(["aws:ec2/vpc:Vpc", "aws:apigateway/apiKey:ApiKey", "aws:sns/topic:Topic"]);
        const missing = [...new Set(used)].filter((type) => !(type in table.resources));
        expect(missing, `add to plugins/aws/types.json: ${missing.join(", ")}`).to.deep.equal([]);
    });

    it("has every function that the components and stacks call", () => {
        const texts = ["components", "stacks", "plugins/awsx", "examples"].flatMap(sourcesIn);
        const called = [...new Set(texts.flatMap(invokesIn))];
        expect(called).to.include("index getCallerIdentity");
        const known = invokes.map((token) => token.split(":")[1]?.replace("/", " "));
        const missing = called.filter((one) => !known.includes(one));
        expect(missing, `add to plugins/aws/types.json: ${missing.join(", ")}`).to.deep.equal([]);
    });

    it("names a Terraform type once, and fields of types that it has", () => {
        const types = Object.values(table.resources);
        expect(types).to.have.length(new Set(types).size);
        expect(types).to.include.members([
            ...Object.keys(table.fields),
            ...Object.keys(table.ids),
            ...table.deleteBeforeReplace,
        ]);
    });
});
