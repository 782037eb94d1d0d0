import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { Clients } from "../../kit/cloudClients.ts";
import { Shell } from "../../kit/local/shell.ts";
import { inSteps } from "../../kit/steps.ts";

/** A new stack of somebody who has read the README, and no more; each step needs the last. */
describe("Plain pulumi, as the README has it", function () {
    this.timeout(900_000);
    inSteps(this);
    let shell: Shell;
    let atFirst: string[];

    before(async () => {
        shell = await Shell.open({ region: "us-east-1", buildImages: true, withPackages: false });
        atFirst = await shell.inventory();
    });

    /** Tasks that the service is to have now. */
    async function tasks(): Promise<number | undefined> {
        const [cluster = "", service = ""] = await Promise.all(
            ["ecs_cluster_name", "ecs_service_name"].map(async (output) =>
                (await shell.run(`pulumi stack output ${output}`)).text.trim(),
            ),
        );
        const ecs = new Clients(shell.cloud.emulator.endpoint, "us-east-1").of(ECSClient);
        const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
        return services?.[0]?.desiredCount;
    }

    after(async () => {
        await shell?.close();
    });

    it("builds the images in the first preview and deploys a new stack", async () => {
        const lines = shell.readme();
        expect(lines[0]).to.equal("npm ci");
        expect(lines.at(-1)).to.equal("pulumi up");
        for (const line of lines.slice(0, -1)) {
            const { code, text } = await shell.run(line, line.includes("--secret") ? "a-key\n" : "");
            expect(code, `${line}\n${text}`).to.equal(0);
        }
        // All that the README does not say: here the Dockerfiles' base images can't be had.
        const { baseImages } = shell.cloud.images ?? {};
        if (baseImages) {
            await shell.runAll(`pulumi config set baseImages '${JSON.stringify(baseImages)}'`);
        }
        const { code, text } = await shell.run("pulumi up");
        expect(code, text).to.equal(0);
        const refs: Record<string, string> = JSON.parse(
            (await shell.run("pulumi stack output image_refs --json")).text,
        );
        expect(refs).to.have.all.keys("text", "image", "dataOps", "agent");
        // The preview built each of them. Digests are not asked for: where two images are built at once, the update may
        // find another of two equal layers in the builder's cache, and the engine drops lines of progress that come fast.
        const [preview = ""] = text.split("Updating (dev)");
        const built = preview.matchAll(/docker-build:index:Image (\S+) create #\d+ \[build \d+\/\d+\]/g);
        expect(new Set([...built].map(([, name]) => name))).to.have.property("size", Object.keys(refs).length);
    });

    it("has nothing to change in a second preview", async () => {
        await shell.runAll("pulumi preview --expect-no-changes");
    });

    it("becomes a production stack by a setting, and leaves production as the guide says", async () => {
        await shell.runAll("pulumi config set production true", "pulumi up", "pulumi preview --expect-no-changes");
        expect(await tasks()).to.equal(2);
        await shell.runAll(
            "pulumi config set customerKey true",
            "pulumi config set production false",
            "pulumi up --refresh",
            "pulumi preview --expect-no-changes",
        );
        expect(await tasks()).to.equal(1);
    });

    it("leaves nothing behind but the role by which API Gateway logs, and production's logs", async () => {
        await shell.runAll("pulumi destroy", "pulumi stack rm dev");
        const left = (await shell.inventory()).filter((it) => !atFirst.includes(it));
        expect(left.map((it) => it.replace(/(?<=^role .*)-[0-9a-f]{7,}$/, ""))).to.deep.equal([
            "bucket story-42-access-logs-dev-000000000000",
            "role story-42-api-logs-dev",
        ]);
    });
});
