import { expect } from "chai";
import { Shell } from "../../kit/local/shell.ts";
import { inSteps } from "../../kit/steps.ts";

/** Settings that replace something, on a stack that is there; each step needs the last. */
describe("Plain pulumi, where a setting replaces something,", function () {
    this.timeout(900_000);
    inSteps(this);
    let shell: Shell;
    let atFirst: string[];

    before(async () => {
        shell = await Shell.open({ region: "us-east-1", buildImages: false, withPackages: true });
        atFirst = await shell.inventory();
        await shell.begin("dev");
        await shell.runAll("pulumi up");
    });
    after(async () => {
        await shell?.close();
    });

    // What does not touch each other comes in one step.
    const steps: Record<string, string[]> = {
        "another processor, domains and buckets": [
            "pulumi config set architecture arm64",
            "pulumi config set userPoolDomain stories-of-many",
            "pulumi config set bucketSuffix stories-of-many",
            "pulumi config set domainName example.com",
            "pulumi config set enableCustomDomain true",
            "pulumi up",
        ],
        "another name for its site, and no agent service": [
            "pulumi config set siteName stories",
            "pulumi config set agentEnabled false",
            "pulumi up",
        ],
        "other zones, and no domain": [
            `pulumi config set availabilityZones '["us-east-1b", "us-east-1a"]'`,
            "pulumi config rm enableCustomDomain",
            "pulumi up",
        ],
        "other addresses, with the agent service back in them": [
            "pulumi config set vpcCidrBlock 10.150.0.0/16",
            "pulumi config rm agentEnabled",
            "pulumi up",
        ],
        // Nothing that has a name stays, and all that uses it has to move on.
        "another project's name": ["pulumi config set projectName tales", "pulumi up"],
    };
    for (const [what, lines] of Object.entries(steps)) {
        it(`gets ${what}`, async () => {
            await shell.runAll(...lines, "pulumi preview --expect-no-changes");
        });
    }

    it("keeps the buckets that are there when no setting says their names any more", async () => {
        await shell.runAll("pulumi config rm bucketSuffix", "pulumi up", "pulumi preview --expect-no-changes");
        expect(await shell.inventory()).to.include("bucket tales-story-images-dev-stories-of-many");
    });

    it("leaves nothing behind", async () => {
        await shell.runAll("pulumi destroy", "pulumi stack rm dev");
        const left = (await shell.inventory()).filter((it) => !atFirst.includes(it));
        expect(left.filter((it) => !/^role [a-z0-9-]+-api-logs-/.test(it))).to.deep.equal([]);
    });
});
