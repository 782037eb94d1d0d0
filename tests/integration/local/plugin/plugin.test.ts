/** That the AWS plugin which is built of published parts takes what @pulumi/aws declares, and names what has no name. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { expect } from "chai";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { root } from "../../../../local/lib/paths.ts";
import { awsPlugin, isBuilt } from "../../../../local/tools/awsPlugin.ts";
import table from "../../../../plugins/aws/types.json" with { type: "json" };
import { knownDifferences } from "../../../kit/local/plugin/knownDifferences.ts";
import { argumentsInSchema, Declarations, differences, type PackageSchema } from "../../../kit/local/plugin/shapes.ts";
import { providePlugins } from "../../../kit/tools.ts";
import replacing from "../../../snapshots/replacing.json" with { type: "json" };
import { replacingInputs } from "../../../unit/children/replacing.ts";

describe("The AWS plugin that is built of published parts", () => {
    let plugin: ChildProcess | undefined;
    let client: services.ResourceProviderClient;

    before(async function () {
        await providePlugins();
        if (!isBuilt(awsPlugin.folder)) {
            console.log("      not in use here: Pulumi's own plugin is, which the declarations were generated from");
            this.skip();
        }
        plugin = spawn(join(awsPlugin.folder, awsPlugin.file), ["127.0.0.1:1"], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const [port] = (await once(plugin.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
        client = new services.ResourceProviderClient(
            `127.0.0.1:${String(port).trim()}`,
            grpc.credentials.createInsecure(),
            {
                "grpc.max_receive_message_length": -1,
            },
        );
    });
    after(async () => {
        client?.close();
        if (plugin && plugin.exitCode === null) {
            plugin.kill();
            await once(plugin, "exit");
        }
    });

    it("takes the arguments that @pulumi/aws declares, but for the known differences", () => {
        const schema: PackageSchema = JSON.parse(readFileSync(join(awsPlugin.folder, "schema.json"), "utf8"));
        const declarations = new Declarations(join(root, "node_modules/@pulumi/aws"));
        const found = [...Object.keys(table.resources), ...Object.keys(table.functions)].flatMap((token) => {
            const declared = declarations.argumentsOf(token);
            const [, path = "", name] = token.split(":");
            return declared
                ? differences(`${dirname(path)}.${name}`, argumentsInSchema(schema, token), declared)
                : [`${token}: not declared`];
        });
        const known = knownDifferences
            .flatMap((group) => group.differences)
            .map((text) => ({ text, is: pattern(text) }));
        const unknown = found.filter((line) => !known.some(({ is }) => is.test(line)));
        expect(unknown, `new differences:\n${unknown.join("\n")}\n`).to.deep.equal([]);
        const gone = known.filter(({ is }) => !found.some((line) => is.test(line))).map(({ text }) => text);
        expect(gone, `no longer there; take them from knownDifferences.ts:\n${gone.join("\n")}\n`).to.deep.equal([]);
    });

    it("replaces a resource for the inputs that are recorded in tests/snapshots/replacing.json", () => {
        const schema = JSON.parse(readFileSync(join(awsPlugin.folder, "schema.json"), "utf8"));
        expect(replacing, "record it: npm run snapshot").to.deep.equal(replacingInputs(schema));
    });

    const names: Record<string, { type: string; inputs?: Record<string, string | boolean>; name: string; is: RegExp }> =
        {
            "an alarm": { type: "cloudwatch/metricAlarm:MetricAlarm", name: "name", is: /^Thing-[0-9a-f]{7}$/ },
            "a bucket, in small letters": { type: "s3/bucket:Bucket", name: "bucket", is: /^thing-[0-9a-f]{7}$/ },
            "a function": { type: "lambda/function:Function", name: "name", is: /^Thing-[0-9a-f]{7}$/ },
            "a permission": { type: "lambda/permission:Permission", name: "statementId", is: /^Thing-[0-9a-f]{7}$/ },
            "a key's alias, as AWS wants it": {
                type: "kms/alias:Alias",
                name: "name",
                is: /^alias\/Thing-[0-9a-f]{7}$/,
            },
            "a role": { type: "iam/role:Role", name: "name", is: /^Thing-[0-9a-f]{7}$/ },
            "a queue": { type: "sqs/queue:Queue", name: "name", is: /^Thing-[0-9a-f]{7}$/ },
            "a queue in order": {
                type: "sqs/queue:Queue",
                inputs: { fifoQueue: true },
                name: "name",
                is: /^Thing-[0-9a-f]{7}\.fifo$/,
            },
            "an object, exactly": { type: "s3/bucketObjectv2:BucketObjectv2", name: "key", is: /^Thing$/ },
        };
    for (const [what, { type, inputs, name, is }] of Object.entries(names)) {
        it(`names ${what}, when a program doesn't`, async () => {
            expect((await check(`aws:${type}`, inputs ?? {}))[name]).to.match(is);
        });
    }

    it("gives no record a name, which is a host's", async () => {
        expect(await check("aws:route53/record:Record", { type: "A", zoneId: "Z1" })).to.not.have.property("name");
    });

    /** The inputs of a resource called "Thing" as the plugin completes them. */
    async function check(type: string, inputs: Record<string, string | boolean>): Promise<Record<string, unknown>> {
        const request = new messages.CheckRequest();
        request.setUrn(`urn:pulumi:dev::test::${type}::Thing`);
        request.setType(type);
        request.setName("Thing");
        request.setNews(structs.Struct.fromJavaScript(inputs));
        request.setRandomseed(Buffer.alloc(32, 1));
        const response = await new Promise<messages.CheckResponse>((resolve, reject) => {
            client.check(request, (error, checked) => (error ? reject(error) : resolve(checked)));
        });
        return response.getInputs()?.toJavaScript() ?? {};
    }
});

/** A known difference as an expression that what is found is tested with. */
function pattern(text: string): RegExp {
    const source = text
        .split(/(\*\*|\*)/)
        .map((part) => (part === "**" ? ".+" : part === "*" ? "[^.]+" : part.replaceAll(/[.+?^$()|[\]\\]/g, "\\$&")))
        .join("");
    return new RegExp(`^${source}$`);
}
