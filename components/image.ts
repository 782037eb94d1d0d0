import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./arguments.ts";
import { type Grantee, grant } from "./iam.ts";
import { type Naming, nameProblems } from "./names.ts";
import { tagsFor } from "./tags.ts";
import { type Transform, transform } from "./transform.ts";

/** Arguments of {@link StoryImage}. */
export interface StoryImageArgs extends Naming {
    /** The ECR repository's name. */
    repositoryName: string;
    /**
     * The folder that the build sees, relative to the program's own: an absolute path would differ, and so rebuild, in
     * every checkout. Default: none; required unless `existingImage` is given.
     */
    context?: string;
    /** The Dockerfile's path, relative to the program's folder. Default: `Dockerfile` in `context`. */
    dockerfile?: string;
    /** What the image runs on. Default: `linux/amd64`. */
    platform?: "linux/amd64" | "linux/arm64";
    /** Values of the Dockerfile's `ARG`s. Not for secrets: they can be read from the image. Default: none. */
    buildArgs?: Record<string, pulumi.Input<string>>;
    /** The name of the Buildx builder. Default: the first that can be reached. */
    builder?: string;
    /**
     * The registry that the image is pushed to, in place of the repository's own address and sign-in. Default: ECR, with
     * the caller's authorization token.
     */
    registry?: {
        /** Host and port. */
        address: string;
        /** Who signs in. Default: nobody, the registry needs no sign-in. */
        username?: pulumi.Input<string>;
        /** Their password. Pass a secret. Default: none. */
        password?: pulumi.Input<string>;
    };
    /** Keep layers in the repository under the tag `cache`, for builders that are made anew each time. Default: false. */
    cache?: boolean;
    /** An image that was built and pushed elsewhere, `REPOSITORY@sha256:DIGEST`; nothing is built then. Default: none. */
    existingImage?: string;
    /** Images that the repository keeps, 2 to 1000, newest first. Default: 40. */
    keepImages?: number;
    /** Delete the repository with the images in it. Default: false. */
    forceDelete?: boolean;
    /** Tags of everything that can carry them, over the component's own. Default: none. */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        repository?: Transform<aws.ecr.RepositoryArgs>;
        lifecyclePolicy?: Transform<aws.ecr.LifecyclePolicyArgs>;
        image?: Transform<docker.ImageArgs>;
    };
}

const DEFAULT_KEEP_IMAGES = 40;

/**
 * One container image and the ECR repository that it lies in. A preview builds the image, and so finds a broken
 * Dockerfile before anything changes; an update pushes it by its digest, which is all that consumers refer to.
 */
export class StoryImage extends pulumi.ComponentResource {
    /** The repository, also where the image comes from elsewhere. */
    readonly repository: aws.ecr.Repository;
    /** The repository's address, without scheme, tag or digest. */
    readonly repositoryUrl: pulumi.Output<string>;
    /** The image as `ADDRESS@sha256:DIGEST`. */
    readonly ref: pulumi.Output<string>;
    /** The image's digest, `sha256:...`. */
    readonly digest: pulumi.Output<string>;

    constructor(name: string, args: StoryImageArgs, opts?: pulumi.ComponentResourceOptions) {
        super("story42:index:StoryImage", name, {}, opts);
        check(name, args);
        this.repository = this.#createRepository(name, args);
        this.#createLifecyclePolicy(name, args);
        this.repositoryUrl = this.repository.repositoryUrl;
        if (args.existingImage === undefined) {
            const address = this.#pushAddress(args);
            this.digest = this.#buildAndPush(name, args, address).digest.apply(knownDigest);
            this.ref = pulumi.interpolate`${address}@${this.digest}`;
        } else {
            this.ref = pulumi.output(args.existingImage);
            this.digest = pulumi.output(args.existingImage.slice(args.existingImage.indexOf("@") + 1));
        }
        this.registerOutputs({ ref: this.ref, digest: this.digest, repositoryUrl: this.repositoryUrl });
    }

    /** Lets `grantee` pull the repository's images. */
    grantPull(grantee: Grantee): aws.iam.RolePolicy {
        return grantPull(this.repository.arn, grantee, { parent: this });
    }

    #createRepository(name: string, args: StoryImageArgs): aws.ecr.Repository {
        return new aws.ecr.Repository(
            ...transform<aws.ecr.RepositoryArgs>(
                args.transform?.repository,
                `${name}-repository`,
                {
                    name: args.repositoryName,
                    imageScanningConfiguration: { scanOnPush: true },
                    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
                    imageTagMutabilityExclusionFilters: [{ filter: "cache", filterType: "WILDCARD" }],
                    forceDelete: args.forceDelete ?? false,
                    tags: tagsFor(args, args.repositoryName, args.tags),
                },
                { parent: this },
            ),
        );
    }

    #createLifecyclePolicy(name: string, args: StoryImageArgs): void {
        const countNumber = args.keepImages ?? DEFAULT_KEEP_IMAGES;
        const rule = {
            rulePriority: 1,
            description: `Keep the newest ${countNumber} images`,
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber },
            action: { type: "expire" },
        };
        new aws.ecr.LifecyclePolicy(
            ...transform<aws.ecr.LifecyclePolicyArgs>(
                args.transform?.lifecyclePolicy,
                `${name}-lifecycle`,
                { repository: this.repository.name, policy: JSON.stringify({ rules: [rule] }) },
                { parent: this },
            ),
        );
    }

    #pushAddress(args: StoryImageArgs): pulumi.Output<string> {
        return args.registry
            ? pulumi.interpolate`${args.registry.address}/${this.repository.name}`
            : this.repository.repositoryUrl;
    }

    #buildAndPush(name: string, args: StoryImageArgs, address: pulumi.Output<string>): docker.Image {
        const cache = pulumi.interpolate`${address}:cache`;
        return new docker.Image(
            ...transform<docker.ImageArgs>(
                args.transform?.image,
                `${name}-image`,
                {
                    context: { location: args.context ?? "." },
                    dockerfile: args.dockerfile === undefined ? undefined : { location: args.dockerfile },
                    platforms: [args.platform ?? "linux/amd64"],
                    buildArgs: args.buildArgs,
                    builder: args.builder === undefined ? undefined : { name: args.builder },
                    buildOnPreview: true,
                    // With `push: true` the provider doesn't build at preview; the export below pushes at update.
                    push: false,
                    // Lambda takes Docker's manifest, and none that lists platforms.
                    exports: [{ registry: { names: [address], pushByDigest: true, push: true, ociMediaTypes: false } }],
                    cacheFrom: args.cache ? [{ registry: { ref: cache } }] : undefined,
                    cacheTo: args.cache
                        ? [{ registry: { ref: cache, imageManifest: true, ociMediaTypes: true, mode: "max" } }]
                        : undefined,
                    registries: this.#signIn(args),
                },
                // Functions may still run an image that the stack no longer names; the repository's lifecycle removes it.
                { parent: this, retainOnDelete: true },
            ),
        );
    }

    #signIn(args: StoryImageArgs): pulumi.Input<pulumi.Input<docker.types.input.RegistryArgs>[]> | undefined {
        if (args.registry) {
            const { address, username, password } = args.registry;
            return username === undefined
                ? undefined
                : [{ address, username, password: password && pulumi.secret(password) }];
        }
        const token = aws.ecr.getAuthorizationTokenOutput({ registryId: this.repository.registryId }, { parent: this });
        return [
            {
                address: this.repository.repositoryUrl,
                username: token.userName,
                password: pulumi.secret(token.password),
            },
        ];
    }
}

/** Lets `grantee` pull a repository's images; signing in to ECR at all can't be narrowed to a repository. */
export function grantPull(
    repositoryArn: pulumi.Input<string>,
    grantee: Grantee,
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
    return grant(
        grantee,
        "image",
        [
            {
                Effect: "Allow",
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                Resource: repositoryArn,
            },
            { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
        ],
        opts,
    );
}

/** A preview may show an empty digest for one that isn't known yet; a consumer must never see that. */
function knownDigest(digest: string): string {
    if (digest === "" && !pulumi.runtime.isDryRun()) {
        throw new Error("the builder pushed an image but told no digest; look at the builder's own log");
    }
    return digest;
}

function check(name: string, args: StoryImageArgs): void {
    new ArgumentCheck("StoryImage", name)
        .required("repositoryName", args.repositoryName)
        .add(nameProblems("repository", "repositoryName", args.repositoryName))
        .that(
            args.existingImage !== undefined || args.context !== undefined,
            "context and existingImage are both missing; one of them says where the image comes from",
        )
        .that(
            !args.context?.startsWith("/") && !args.dockerfile?.startsWith("/"),
            "context or dockerfile is an absolute path; it must be relative to the program's folder",
        )
        .matches("existingImage", args.existingImage, /^\S+@sha256:[0-9a-f]{64}$/, "REPOSITORY@sha256:DIGEST")
        .oneOf("platform", args.platform, ["linux/amd64", "linux/arm64"])
        .integer("keepImages", args.keepImages, { min: 2, max: 1000, unit: "images" })
        .done();
}
