/** That programs of the components can be unit-tested, with mocks of one's own as with those of the package. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ArgumentError, StoryData, StoryNetwork } from "../../../components/index.ts";
import { promiseOf, runWithMocks, StoryMocks } from "../../../testing/index.ts";
import { modes, run } from "../../kit/monitor.ts";
import { everything } from "../children/everything.ts";

/** The mocks of Pulumi's own guide, which tell nothing that a program did not give. */
class PlainMocks implements pulumi.runtime.Mocks {
    readonly names: string[] = [];

    newResource({ name, type, inputs }: pulumi.runtime.MockResourceArgs) {
        this.names.push(`${type} ${name}`);
        return { id: `${name}_id`, state: inputs };
    }

    call({ inputs }: pulumi.runtime.MockCallArgs) {
        return inputs;
    }
}

describe("A program under mocks", function () {
    this.timeout(60_000);
    for (const { mode, preview } of modes) {
        for (const [component, make] of Object.entries(everything)) {
            it(`makes all of ${component}, whatever the mocks leave out (${mode})`, async () => {
                const { resources } = await run(() => make({}), { preview });
                const mocks = new PlainMocks();
                await pulumi.runtime.setMocks(mocks, "project", "stack", preview);
                make({});
                await pulumi.runtime.disconnect();
                expect(mocks.names).to.have.members(resources.all.map(({ name, type }) => `${type} ${name}`));
            });
        }
    }

    const data = () =>
        new StoryData("data", {
            project: "shop",
            environment: pulumi.getStack(),
            googleApiKey: pulumi.secret("the key"),
            ttsApiKey: new pulumi.Config("shop").require("tts"),
            corsOrigins: ["https://app.example.com"],
        });
    const options = { project: "shop", stack: "trial", config: { "shop:tts": "another key" } };

    it("tells what it made, and what came of it", async () => {
        const { mocks, result } = await runWithMocks(data, options);
        expect(mocks.one("aws:dynamodb/table:Table").inputs).to.include({ name: "shop-story-sessions-trial" });
        const secret = (name: string) => mocks.one("aws:secretsmanager/secretVersion:SecretVersion", name).inputs;
        expect(secret("data-google-api-key-value").secretString).to.equal("the key");
        expect(secret("data-tts-api-key-value").secretString).to.equal("another key");
        expect(await promiseOf(result.table.arn)).to.match(/^arn:aws:.*shop-story-sessions-trial$/);
        expect(() => mocks.one("aws:secretsmanager/secret:Secret")).to.throw(/data-google-api-key, data-tts-api-key/);
        expect(() => mocks.one("aws:s3/bucket:Bucket", "logs")).to.throw(/named logs.*data-images-bucket/);
    });

    it("knows in a preview what the program gives, and no more", async () => {
        const { mocks } = await runWithMocks(data, { ...options, preview: true });
        const { inputs } = mocks.one("aws:s3/bucketVersioning:BucketVersioning");
        expect(inputs.versioningConfiguration).to.deep.equal({ status: "Enabled" });
        expect(mocks.one("aws:secretsmanager/secretVersion:SecretVersion", "data-tts-api-key-value").inputs).to.include(
            {
                secretString: "another key",
                secretId: undefined,
            },
        );
    });

    it("gets other answers by other mocks", async () => {
        class Elsewhere extends StoryMocks {
            override call(args: pulumi.runtime.MockCallArgs) {
                return args.token.endsWith(":getRegion") ? { region: "eu-west-1" } : super.call(args);
            }
        }
        const { result } = await runWithMocks(() => aws.getRegionOutput().region, { mocks: new Elsewhere() });
        expect(await promiseOf(result)).to.equal("eu-west-1");
    });

    it("fails as it does in an engine", async () => {
        const error = await runWithMocks(
            () => new StoryNetwork("network", { project: "shop", environment: "dev" }),
        ).catch((thrown) => thrown);
        expect(error).to.be.instanceOf(ArgumentError);
    });
});
