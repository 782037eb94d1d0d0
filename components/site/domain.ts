import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ofProvider } from "../core/mocked.ts";
import { tagsFor } from "../core/tags.ts";
import { transform } from "../core/transform.ts";
import type { StorySiteArgs } from "./index.ts";

/** A domain of one's own for the site. */
export interface SiteDomain {
    /**
     * The site's name, for example `story-42.example.com`, which is the zone's as well where one is made: lower-case letters,
     * digits and hyphens between dots.
     */
    zoneName: string;
    /** Whether the site answers to `www.` before its name, too. Default: true. */
    www?: boolean;
    /** The id of a public hosted zone that exists, of the site's name or of a domain above it. Default: a zone is made. */
    zoneId?: pulumi.Input<string>;
    /**
     * The ARN of a certificate that exists for every name of the site: issued, and in us-east-1, where CloudFront takes them
     * from. Default: one is made, and proven in the zone.
     */
    certificateArn?: pulumi.Input<string>;
}

/** A domain that is ready for a distribution. */
export interface ReadyDomain {
    /** The names that the distribution answers to, the main one first. */
    names: string[];
    /** The certificate for them, known once it is issued. */
    certificateArn: pulumi.Output<string>;
    /** Makes the records that lead to the distribution. */
    pointAt(distribution: aws.cloudfront.Distribution): void;
}

/**
 * Makes the zone and a certificate for it, each unless there is one. The name servers of a zone that is made must be entered at
 * the parent domain within the first `up`, or the certificate is never issued.
 */
export function createDomain(
    name: string,
    args: StorySiteArgs,
    domain: SiteDomain,
    opts: pulumi.CustomResourceOptions,
): ReadyDomain {
    const labelled = [["apex", domain.zoneName] as const, ["www", `www.${domain.zoneName}`] as const];
    const named = domain.www === false ? labelled.slice(0, 1) : labelled;
    const names = named.map(([, recordName]) => recordName);
    const zoneId = domain.zoneId ?? createZone(name, args, domain, opts).zoneId;
    return {
        names,
        certificateArn:
            domain.certificateArn === undefined
                ? createCertificate(name, args, zoneId, names, opts)
                : pulumi.output(domain.certificateArn),
        pointAt: (distribution) => {
            for (const [label, recordName] of named) {
                for (const type of ["A", "AAAA"]) {
                    new aws.route53.Record(
                        ...transform<aws.route53.RecordArgs>(
                            args.transform?.record,
                            `${name}-${label}-${type.toLowerCase()}`,
                            {
                                zoneId,
                                name: recordName,
                                type,
                                aliases: [
                                    {
                                        name: distribution.domainName,
                                        zoneId: distribution.hostedZoneId,
                                        evaluateTargetHealth: false,
                                    },
                                ],
                            },
                            opts,
                        ),
                    );
                }
            }
        },
    };
}

function createZone(
    name: string,
    args: StorySiteArgs,
    { zoneName }: SiteDomain,
    opts: pulumi.CustomResourceOptions,
): aws.route53.Zone {
    return new aws.route53.Zone(
        ...transform<aws.route53.ZoneArgs>(
            args.transform?.zone,
            `${name}-zone`,
            {
                name: zoneName,
                comment: `${args.project} ${args.environment}`,
                tags: tagsFor(args, zoneName, args.tags),
            },
            opts,
        ),
    );
}

function createCertificate(
    name: string,
    args: StorySiteArgs,
    zoneId: pulumi.Input<string>,
    names: string[],
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const [domainName = "", ...others] = names;
    // CloudFront takes certificates from us-east-1 only, whatever the stack's region.
    const region = "us-east-1";
    const certificate = new aws.acm.Certificate(
        ...transform<aws.acm.CertificateArgs>(
            args.transform?.certificate,
            `${name}-certificate`,
            {
                domainName,
                subjectAlternativeNames: others,
                validationMethod: "DNS",
                region,
                tags: tagsFor(args, domainName, args.tags),
            },
            opts,
        ),
    );
    const records = names.map((_, index) => {
        const option = ofProvider(certificate.domainValidationOptions, (options) => {
            const found = options[index];
            if (!found) {
                throw new Error(`ACM gave no validation record for ${names[index]}`);
            }
            return found;
        });
        return new aws.route53.Record(
            ...transform<aws.route53.RecordArgs>(
                args.transform?.record,
                `${name}-validation-${index === 0 ? "apex" : "www"}`,
                {
                    zoneId,
                    name: option.resourceRecordName,
                    type: option.resourceRecordType,
                    records: [option.resourceRecordValue],
                    ttl: 300,
                    allowOverwrite: true,
                },
                opts,
            ),
        );
    });
    const validation = new aws.acm.CertificateValidation(
        ...transform<aws.acm.CertificateValidationArgs>(
            args.transform?.certificateValidation,
            `${name}-certificate-validation`,
            { certificateArn: certificate.arn, validationRecordFqdns: records.map((record) => record.fqdn), region },
            opts,
        ),
    );
    return validation.certificateArn;
}
