/** What becomes of pictures that are paid for when another can't be drawn or stored. */
import { createRequire } from "node:module";
import { expect } from "chai";
import { refused, throttled } from "../../../../docker/shared/apiErrors.ts";
import { imageHandlers } from "../../../../docker/story-image-regen/handlers.ts";
import { PictureStore } from "../../../../docker/story-image-regen/store.ts";

const { S3Client } = createRequire(new URL("../../../../docker/package.json", import.meta.url))("@aws-sdk/client-s3");

const PNG = Buffer.from("\x89PNG\r\n\x1a\nx", "latin1");
const CALLER = { sub: "ann", email: "", username: "ann" };
const BODY = {
    story_segments: [1, 2, 3].map((at) => ({ story_segment_content: `Panel ${at}`, story_segment_number: at })),
    art_style: "ink",
    number_of_panels: 3,
    job_id: "job",
};

class World {
    readonly stored = new Map<string, Buffer>();
    drawn = 0;
    /** What the picture service says to a panel. */
    fails: (panel: number) => Error | undefined = () => undefined;
    /** Whether the bucket refuses a key. */
    refuses: (key: string) => boolean = () => false;

    draw(call: { id: string; isNamed: boolean }) {
        const s3 = new S3Client({ region: "us-east-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } });
        s3.send = async (command: { input: Input }) => {
            const { input } = command;
            const { name } = command.constructor;
            if (name === "PutObjectCommand") {
                if (this.refuses(input.Key)) {
                    throw new Error("the bucket refuses");
                }
                this.stored.set(input.Key, input.Body);
                return {};
            }
            if (name === "CopyObjectCommand") {
                this.stored.set(input.Key, this.stored.get(input.CopySource.replace("bucket/", "")) as Buffer);
                return {};
            }
            if (name === "DeleteObjectsCommand") {
                for (const { Key } of input.Delete.Objects) {
                    this.stored.delete(Key);
                }
                return {};
            }
            const found = this.stored.get(input.Key);
            if (!found) {
                throw Object.assign(new Error("none"), { name: "NoSuchKey" });
            }
            return { ContentType: "image/png", Body: { transformToString: async () => found.toString("base64") } };
        };
        const [{ handle }] = imageHandlers({
            store: new PictureStore(s3, "bucket"),
            maker: async () => ({
                draw: async (description) => {
                    const panel = Number(/Draw panel (\d)/.exec(description)?.[1]);
                    const failure = this.fails(panel);
                    if (failure) {
                        throw failure;
                    }
                    this.drawn += 1;
                    return { data: PNG, mimeType: "image/png" };
                },
            }),
        }).filter(({ operation }) => operation.name === "generateStoryImage") as unknown as [{ handle: Draw }];
        return handle(BODY, CALLER, new AbortController().signal, call);
    }
}

interface Input {
    Key: string;
    Body: Buffer;
    CopySource: string;
    Delete: { Objects: { Key: string }[] };
}
type Draw = (
    ...given: [object, object, AbortSignal, { id: string; isNamed: boolean }]
) => Promise<{ story_segments: { image_s3_uri: string }[]; metadata: { refused_panels?: number[] } }>;

async function failure(of: Promise<unknown>): Promise<Error> {
    return of.then(
        () => expect.fail("it did not fail"),
        (error) => error,
    );
}

describe("the pictures of a story", () => {
    it("of an earlier call stay when those of a later one can't be stored", async () => {
        const world = new World();
        await world.draw({ id: "first", isNamed: false });
        const before = [...world.stored.keys()];
        world.refuses = (key) => key.includes("segment_2");
        expect((await failure(world.draw({ id: "second", isNamed: false }))).message).to.equal("the bucket refuses");
        expect([...world.stored.keys()]).to.deep.equal(before);
    });

    it("are kept when the last one is refused, and named as missing", async () => {
        const world = new World();
        world.fails = (panel) => (panel === 3 ? refused("image service") : undefined);
        const { story_segments, metadata } = await world.draw({ id: "named", isNamed: true });
        expect(story_segments.map(({ image_s3_uri }) => image_s3_uri)).to.deep.equal([
            "s3://bucket/users/ann/jobs/job/named/segment_1.png",
            "s3://bucket/users/ann/jobs/job/named/segment_2.png",
        ]);
        expect(metadata.refused_panels).to.deep.equal([3]);
    });

    it("are drawn once, however often a call that is named is sent", async () => {
        const world = new World();
        world.fails = (panel) => (panel === 3 ? throttled("image service") : undefined);
        expect(await failure(world.draw({ id: "named", isNamed: true }))).to.include({ status: 429 });
        world.fails = () => undefined;
        for (let time = 1; time <= 2; time += 1) {
            expect((await world.draw({ id: "named", isNamed: true })).story_segments).to.have.length(3);
        }
        expect(world.drawn).to.equal(3);
    });

    it("of a call without a name are all there or none", async () => {
        const world = new World();
        world.fails = (panel) => (panel === 3 ? refused("image service") : undefined);
        expect(await failure(world.draw({ id: "plain", isNamed: false }))).to.include({ status: 422 });
        expect(world.stored.size).to.equal(0);
    });
});
