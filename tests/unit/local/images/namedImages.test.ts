import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkNamedImages } from "../../../../local/images/namedImages.ts";
import { standInImages } from "../../../../local/images/standIn.ts";
import { SettingsError } from "../../../../stacks/checkSettings.ts";

describe("Images that the settings name", () => {
    const PUSHED = `sha256:${"a".repeat(64)}`;
    const UNKNOWN = `sha256:${"b".repeat(64)}`;
    const KEPT = `sha256:${"c".repeat(64)}`;
    let registry: Server;
    let address: string;
    let cache: string;
    before(async () => {
        registry = createServer(({ method, url }, response) => {
            response.statusCode = method === "HEAD" && url === `/v2/stories/text/manifests/${PUSHED}` ? 200 : 404;
            response.end();
        });
        await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
        address = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
        cache = mkdtempSync(join(tmpdir(), "story-42-named-images-"));
        mkdirSync(join(cache, KEPT.slice("sha256:".length, "sha256:".length + 24)));
    });
    after(() => {
        registry.close();
        rmSync(cache, { recursive: true, force: true });
    });
    const check = (named: Parameters<typeof checkNamedImages>[0]) =>
        checkNamedImages(named, `http://${address}`, cache).then(
            () => undefined,
            (error: unknown) => error,
        );

    it("may be in their registry, by its own address or by ECR's, here from before, or stood in for", async () => {
        const named = {
            text: `${address}/stories/text@${PUSHED}`,
            image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/stories/text@${PUSHED}`,
            dataOps: `${address}/stories/data@${KEPT}`,
            agent: standInImages(address, "story-42", "local").agent,
        };
        expect(await check(named)).to.equal(undefined);
        expect(await check({})).to.equal(undefined);
    });

    it("are refused, each by its setting, where there is no such image", async () => {
        const unknown = `${address}/stories/text@${UNKNOWN}`;
        const elsewhere = `127.0.0.1:1/stories/text@${PUSHED}`;
        const error = await check({ text: unknown, image: `${address}/stories/text@${PUSHED}`, agent: elsewhere });
        expect(error).to.be.instanceOf(SettingsError);
        expect((error as SettingsError).problems).to.deep.equal([
            `images.text is "${unknown}"; there is no such image in its registry`,
            `images.agent is "${elsewhere}"; there is no such image in its registry`,
        ]);
    });
});
