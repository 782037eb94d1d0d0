import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "./core/arguments.ts";
import { type Grantee, Grants, grant, type PolicyStatement } from "./core/iam.ts";
import { mapProviderOutput } from "./core/mocked.ts";
import { type Named, type NamingArgs, named, nameProblems } from "./core/names.ts";
import { IMAGE_REF } from "./core/references.ts";
import { tagsFor } from "./core/tags.ts";
import { child, type Transform, transform } from "./core/transform.ts";

/** Arguments of {@link StoryImage}. */
export interface StoryImageArgs extends NamingArgs {
    /** The ECR repository's name. @example "shop-tell" */
    repositoryName: string;
    /**
     * The folder that the build sees, relative to the program's own: an absolute path would differ, and so rebuild, in
     * every checkout.
     *
     * @default none; required unless `existingImage` is given
     * @example "images/tell"
     */
    context?: string;
    /**
     * The Dockerfile's path, relative to the program's folder.
     *
     * @default `Dockerfile` in `context`
     * @example "images/tell/Dockerfile"
     */
    dockerfile?: string;
    /** What the image runs on. @default `linux/amd64` @example "linux/arm64" */
    platform?: "linux/amd64" | "linux/arm64";
    /**
     * Values of the Dockerfile's `ARG`s. Not for secrets: they can be read from the image.
     *
     * @default none
     * @example { VERSION: "3" }
     */
    buildArgs?: Record<string, pulumi.Input<string>>;
    /** The name of the Buildx builder. @default the first that can be reached @example "remote" */
    builder?: string;
    /**
     * The registry that the image is pushed to, in place of the repository's own address and sign-in.
     *
     * @default ECR, with the caller's authorization token
     * @example { address: "registry.example.com" }
     */
    registry?: {
        /** Host and port. @example "registry.example.com" */
        address: string;
        /** The user name. @default none, the registry needs no sign-in @example "builder" */
        username?: pulumi.Input<string>;
        /** The user's password. Pass a secret. @default none @example config.requireSecret("registryPassword") */
        password?: pulumi.Input<string>;
    };
    /**
     * Keep layers in the repository under the tag `cache`, for builders that are made anew each time. A preview that
     * builds writes them, too, once the repository is there.
     *
     * @default false
     * @example true
     */
    cache?: boolean;
    /**
     * An image that was built and pushed elsewhere, `REPOSITORY@sha256:DIGEST`; nothing is built then.
     *
     * @default none
     * @example "registry.example.com/tell@sha256:..."
     */
    existingImage?: pulumi.Input<string>;
    /**
     * Images that the repository keeps, 2 to 1000, newest first; with `existingImage` it keeps all, since ECR can't
     * tell the one that runs from others, and it need not be among the newest.
     *
     * @default 40
     * @example 10
     */
    keepImages?: number;
    /** Delete the repository with the images in it. @default false @example true */
    forceDelete?: boolean;
    /** Tags of everything that can carry them, over the component's own. @default none @example { Owner: "stories" } */
    tags?: Record<string, pulumi.Input<string>>;
    /** Changes to the children for what no argument covers. */
    transform?: {
        repository?: Transform<aws.ecr.RepositoryArgs>;
        lifecyclePolicy?: Transform<aws.ecr.LifecyclePolicyArgs>;
        image?: Transform<docker.ImageArgs>;
    };
}

type Args = Named<StoryImageArgs>;

const DEFAULT_KEEP_IMAGES = 40;
const CACHE_TAG = "cache";

/** Where an image is pushed to, and who signs in there. */
interface Destination {
    address: pulumi.Output<string>;
    username?: pulumi.Input<string>;
    password?: pulumi.Input<string>;
}

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
    /** The resources of the image. */
    readonly nodes: ImageNodes;
    readonly #grants: Grants;
    readonly #isElsewhere: boolean;

    constructor(name: string, given: StoryImageArgs, opts?: pulumi.ComponentResourceOptions) {
        const args = checked(name, given);
        super("story42:index:StoryImage", name, {}, opts);
        this.#grants = new Grants(this, name);
        this.#isElsewhere = args.existingImage !== undefined;
        const repository = this.#repository(name, args);
        this.repository = new aws.ecr.Repository(...repository);
        const lifecyclePolicy = this.#createLifecyclePolicy(name, args);
        let image: docker.Image | undefined;
        this.repositoryUrl = this.repository.repositoryUrl;
        if (args.existingImage === undefined) {
            const [, { region }, { provider }] = repository;
            const destination = this.#destination(args, region, provider);
            image = this.#buildAndPush(name, args, destination);
            this.digest = image.digest.apply(knownDigest);
            this.ref = pulumi.interpolate`${destination.address}@${this.digest}`;
        } else {
            this.ref = pulumi.output(args.existingImage);
            this.digest = mapProviderOutput(this.ref, (ref) => ref.slice(ref.indexOf("@") + 1));
        }
        this.nodes = { repository: this.repository, lifecyclePolicy, image };
        this.registerOutputs({ ref: this.ref, digest: this.digest, repositoryUrl: this.repositoryUrl });
    }

    /** Lets `grantee` pull the repository's images, and those of the repository of ECR that an image from elsewhere lies in. */
    grantPull(grantee: Grantee): aws.iam.RolePolicy {
        const own = this.repository.arn;
        const repositories = this.#isElsewhere
            ? pulumi
                  .all([own, this.repositoryUrl, this.ref])
                  .apply(([arn, url, ref]) => (ref?.startsWith(`${url}@`) ? arn : withImageRepository(arn, ref)))
            : own;
        return this.#grants.to(grantee, "image", pulling(repositories));
    }

    #repository(name: string, args: Args): [string, aws.ecr.RepositoryArgs, pulumi.CustomResourceOptions] {
        return transform<aws.ecr.RepositoryArgs>(
            args.transform?.repository,
            `${name}-repository`,
            {
                name: args.repositoryName,
                imageScanningConfiguration: { scanOnPush: true },
                imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
                imageTagMutabilityExclusionFilters: [{ filter: CACHE_TAG, filterType: "WILDCARD" }],
                forceDelete: args.forceDelete ?? false,
                tags: tagsFor(args, args.repositoryName),
            },
            { parent: this },
        );
    }

    #createLifecyclePolicy(name: string, args: Args): aws.ecr.LifecyclePolicy {
        return child(this, aws.ecr.LifecyclePolicy, `${name}-lifecycle`, args.transform?.lifecyclePolicy, {
            repository: this.repository.name,
            policy: JSON.stringify({ rules: lifecycleRules(args) }),
        });
    }

    /**
     * Known already in a stack's first preview, where the repository's own address is not: docker-build refuses an unknown
     * name, and builds in a preview only if all inputs are known. The registry's host comes from the authorization token,
     * right for every account, region and partition; the name is the repository's output, so that the push waits for it. A
     * token call with an output of the repository would stay unknown: the engine makes no call that waits for a resource.
     */
    #destination(
        { registry }: StoryImageArgs,
        region: pulumi.Input<string | undefined>,
        provider: pulumi.ProviderResource | undefined,
    ): Destination {
        const at = (host: pulumi.Input<string>) => pulumi.interpolate`${host}/${this.repository.name}`;
        if (registry) {
            const { address, username, password } = registry;
            return { address: at(address), username, password };
        }
        const token = aws.ecr.getAuthorizationTokenOutput({ region }, { parent: this, provider });
        const address = at(token.proxyEndpoint).apply((url) => url.replace(/^https?:\/\//, ""));
        return { address, username: token.userName, password: token.password };
    }

    #buildAndPush(name: string, args: Args, { address, username, password }: Destination): docker.Image {
        const cache = pulumi.interpolate`${address}:${CACHE_TAG}`;
        return child(
            this,
            docker.Image,
            `${name}-image`,
            args.transform?.image,
            {
                context: { location: args.context ?? "." },
                dockerfile: args.dockerfile === undefined ? undefined : { location: args.dockerfile },
                platforms: [args.platform ?? "linux/amd64"],
                buildArgs: args.buildArgs,
                builder: args.builder === undefined ? undefined : { name: args.builder },
                buildOnPreview: true,
                // With `push: true` the provider doesn't build in a preview; the export below pushes in an update.
                push: false,
                // Lambda accepts Docker's manifest format only, and no manifest list.
                exports: [{ registry: { names: [address], pushByDigest: true, push: true, ociMediaTypes: false } }],
                cacheFrom: args.cache ? [{ registry: { ref: cache } }] : undefined,
                cacheTo: args.cache
                    ? [
                          {
                              registry: {
                                  ref: cache,
                                  imageManifest: true,
                                  ociMediaTypes: true,
                                  mode: "max",
                                  // A first preview builds before the repository exists.
                                  ignoreError: true,
                              },
                          },
                      ]
                    : undefined,
                registries:
                    username === undefined
                        ? undefined
                        : [{ address, username, password: password && pulumi.secret(password) }],
            },
            // Functions may still run an image that the stack no longer names; the repository's lifecycle removes it.
            { retainOnDelete: true },
        );
    }
}

/** The resources of an image. */
export interface ImageNodes {
    /** The repository. */
    repository: aws.ecr.Repository;
    /** The rules by which it removes images. */
    lifecyclePolicy: aws.ecr.LifecyclePolicy;
    /** The image as it is built; undefined with `existingImage`. */
    image: docker.Image | undefined;
}

/**
 * ECR evaluates rules by their priority, and an image that a rule matches is ignored by later rules
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html). A tag is on one image at a time, so
 * that the first rule expires nothing: it keeps the cache.
 */
function lifecycleRules({ existingImage, cache, keepImages = DEFAULT_KEEP_IMAGES }: Args): object[] {
    const keepCache = {
        rulePriority: 1,
        description: "Keep the build cache",
        selection: {
            tagStatus: "tagged",
            tagPatternList: [CACHE_TAG],
            countType: "imageCountMoreThan",
            countNumber: 1,
        },
        action: { type: "expire" },
    };
    if (existingImage !== undefined) {
        return [keepCache];
    }
    const keepNewest = {
        rulePriority: 2,
        description: `Keep the newest ${keepImages} images`,
        selection: {
            tagStatus: "any",
            countType: "imageCountMoreThan",
            // Each build's cache leaves the previous cache untagged, as all images are.
            countNumber: cache ? 2 * keepImages : keepImages,
        },
        action: { type: "expire" },
    };
    return [keepCache, keepNewest];
}

/** Lets `grantee` pull the images of a repository that is outside the components. */
export function grantPull(
    repositoryArn: pulumi.Input<string>,
    grantee: Grantee,
    opts: pulumi.CustomResourceOptions,
): aws.iam.RolePolicy {
    return grant(grantee, "image", pulling(repositoryArn), opts);
}

/** The permissions to pull a repository's images; `GetAuthorizationToken` can't be limited to a repository. */
function pulling(repositoryArns: PolicyStatement["Resource"]): PolicyStatement[] {
    return [
        {
            Effect: "Allow",
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            Resource: repositoryArns,
        },
        { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: "*" },
    ];
}

/** An image's address in ECR (Amazon ECR user guide, "Private registry"). */
const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^@:]+)/;

/** The own repository's ARN, and that of the image's repository if the image is in ECR. */
function withImageRepository(ownArn: string, ref: string | undefined): string | string[] {
    const [, account, region, repository] = ECR_IMAGE.exec(ref ?? "") ?? [];
    const partition = ownArn?.split(":")[1];
    return repository ? [ownArn, `arn:${partition}:ecr:${region}:${account}:repository/${repository}`] : ownArn;
}

/** In a preview an unknown digest may be empty; in an update an empty digest is an error. */
function knownDigest(digest: string): string {
    if (digest === "" && !pulumi.runtime.isDryRun()) {
        throw new Error("the builder pushed an image but told no digest; look at the builder's own log");
    }
    return digest;
}

function checked(name: string, given: StoryImageArgs): Args {
    const args = named(given);
    new ArgumentCheck("StoryImage", name, args)
        .add(nameProblems("repository", "repositoryName", args.repositoryName))
        .that(
            args.existingImage !== undefined || args.context !== undefined,
            "context and existingImage are both missing; one of them says where the image comes from",
        )
        .that(
            !args.context?.startsWith("/") && !args.dockerfile?.startsWith("/"),
            "context or dockerfile is an absolute path; it must be relative to the program's folder",
        )
        .that(
            (args.registry?.username === undefined) === (args.registry?.password === undefined),
            "registry has one of username and password; it must have both, or neither where nobody signs in",
        )
        .matches("existingImage", args.existingImage, IMAGE_REF, "REPOSITORY@sha256:DIGEST")
        .oneOf("platform", args.platform, ["linux/amd64", "linux/arm64"])
        .integer("keepImages", args.keepImages, { min: 2, max: 1000, unit: "images" })
        .done();
    return args;
}
