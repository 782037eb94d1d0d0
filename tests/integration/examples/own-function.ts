import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { expect } from "chai";
import type { ProgramExample } from "./example.ts";

export const systemNode = true;

/** What leads the build to the local cloud's builder and, where it has them, base images. */
export const settings: ProgramExample["settings"] = ({ cloud }) => {
    if (!cloud.images) {
        throw new Error("this example builds an image, and images can't be built here");
    }
    const { imageBuilder, baseImages } = cloud.images;
    return { imageBuilder, ...(baseImages ? { baseImage: baseImages.lambda } : {}) };
};

export const check: ProgramExample["check"] = async ({ functionName, imageRef }, { client }) => {
    const { Code, Configuration } = await new LambdaClient(client).send(
        new GetFunctionCommand({ FunctionName: functionName, Qualifier: "live" }),
    );
    expect(Code?.ImageUri)
        .to.equal(imageRef)
        .and.to.match(/\/word-count-trial@sha256:[0-9a-f]{64}$/);
    expect(Configuration).to.include({ MemorySize: 256, Timeout: 10, PackageType: "Image" });
    const [, repository, digest] = /^[^/]+\/(.+)@(.+)$/.exec(imageRef) ?? [];
    const manifest = await fetch(`${client.endpoint}/v2/${repository}/manifests/${digest}`);
    expect(manifest.status).to.equal(200);
    expect(await manifest.json()).to.include({ schemaVersion: 2 });
};
