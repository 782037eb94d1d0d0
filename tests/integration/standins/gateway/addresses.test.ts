import { createHash } from "node:crypto";
import { request } from "node:http";
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateBucketCommand, GetBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

const REGISTRY = `${GatewayWorld.account}.dkr.ecr.us-east-1.amazonaws.com`;
const SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

describe("The gateway as a proxy", () => {
    let world: GatewayWorld;
    before(async () => {
        world = await GatewayWorld.open();
    });
    after(() => world.close());

    /** Sends a request as a client does that takes the gateway for its proxy. */
    function ask(method: string, url: string, body: Buffer | string = "", headers: Record<string, string> = {}) {
        return new Promise<{ status?: number; text: string; headers: object }>((resolve, reject) => {
            // By hand: `URL` takes a name that ends in numbers for a wrong address.
            const [host = ""] = /(?<=^http:\/\/)[^/]*/.exec(url) ?? [];
            const to = new URL(world.url);
            request(
                { host: to.hostname, port: to.port, method, path: url, headers: { host, ...headers } },
                (answer) => {
                    const chunks: Buffer[] = [];
                    answer.on("data", (chunk) => chunks.push(chunk));
                    answer.on("end", () =>
                        resolve({
                            status: answer.statusCode,
                            text: Buffer.concat(chunks).toString(),
                            headers: answer.headers,
                        }),
                    );
                },
            )
                .on("error", reject)
                .end(body);
        });
    }

    it("answers S3 Control, whose host is a name below the emulator's address", async () => {
        const s3 = world.client(S3Client);
        await s3.send(new CreateBucketCommand({ Bucket: "told-apart" }));
        const { port } = new URL(world.url);
        const url = `http://${GatewayWorld.account}.127.0.0.1:${port}/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Atold-apart`;
        const headers = { authorization: SIGNED, "x-amz-account-id": GatewayWorld.account };
        const body =
            '<TagResourceRequest xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/"><Tags><Tag><Key>project</Key>' +
            "<Value>story</Value></Tag></Tags></TagResourceRequest>";
        expect((await ask("POST", url, body, headers)).status).to.be.within(200, 204);
        const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: "told-apart" }));
        expect(TagSet).to.deep.equal([{ Key: "project", Value: "story" }]);
        expect((await ask("GET", url, "", headers)).text).to.match(/<Key>project<\/Key>\s*<Value>story<\/Value>/);
    });

    it("is the registry at a repository's own address", async () => {
        const ecr = world.client(ECRClient);
        const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: "story/agent" }));
        expect(repository?.repositoryUri).to.equal(`${REGISTRY}/story/agent`);
        const config = Buffer.from("{}");
        const digest = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        const base = `http://${REGISTRY}/v2/story/agent`;
        const begun = await ask("POST", `${base}/blobs/uploads/`);
        expect(begun.status).to.equal(202);
        const { location = "" } = begun.headers as { location?: string };
        const place = new URL(location, base);
        place.searchParams.set("digest", digest(config));
        expect((await ask("PUT", place.href, config)).status).to.equal(201);
        const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
        const manifest = {
            schemaVersion: 2,
            mediaType,
            config: {
                mediaType: "application/vnd.docker.container.image.v1+json",
                size: config.length,
                digest: digest(config),
            },
            layers: [],
        };
        const pushed = await ask("PUT", `${base}/manifests/v1`, JSON.stringify(manifest), {
            "content-type": mediaType,
        });
        expect(pushed.status).to.equal(201);
        const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: "story/agent" }));
        expect(imageDetails.flatMap(({ imageTags = [] }) => imageTags)).to.deep.equal(["v1"]);
    });

    it("keeps a repository's tags from being moved by a push, but for those that are excluded", async () => {
        await world.client(ECRClient).send(
            new CreateRepositoryCommand({
                repositoryName: "story/kept",
                imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
                imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "cache-*" }],
            }),
        );
        const mediaType = "application/vnd.oci.image.index.v1+json";
        const push = (tag: string, version: string) => {
            const manifest = { schemaVersion: 2, mediaType, manifests: [], annotations: { version } };
            const url = `http://${REGISTRY}/v2/story/kept/manifests/${tag}`;
            return ask("PUT", url, JSON.stringify(manifest), { "content-type": mediaType });
        };
        expect((await push("v1", "1")).status).to.equal(201);
        expect((await push("v1", "1")).status).to.equal(201);
        expect((await push("cache-v1", "1")).status).to.equal(201);
        expect((await push("cache-v1", "2")).status).to.equal(201);
        const { status, text } = await push("v1", "2");
        expect(status).to.equal(400);
        expect(JSON.parse(text).errors[0]).to.deep.equal({
            code: "TAG_INVALID",
            message:
                "The image tag 'v1' already exists in the 'story/kept' repository and cannot be overwritten because " +
                "the repository is immutable.",
        });
        const unproxied = await fetch(`${world.ministack}/v2/story/kept/manifests/v1`, {
            method: "PUT",
            headers: { "content-type": mediaType },
            body: JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }),
        });
        expect(unproxied.status).to.equal(201);
    });

    it("refuses all other hosts", async () => {
        for (const host of [
            "example.com",
            "127.0.0.1.example.com",
            "amazonaws.com.example.com",
            "10.0.0.1",
            "notamazonaws.com",
        ]) {
            const { status, text } = await ask("GET", `http://${host}/`);
            expect(status, host).to.equal(403);
            expect(text).to.contain("local cloud");
        }
    });
});
