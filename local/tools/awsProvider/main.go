// Pulumi's AWS provider for machines that can't download it: Terraform's AWS provider, behind Pulumi's own bridge. Which
// resource types it has, and what Pulumi calls them, stands in types.json.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The version of @pulumi/aws that it stands in for, which the linker sets.
var version string

//go:embed types.json
var typesFile []byte

// What types.json says: Terraform's names by Pulumi's tokens, and the fields of Terraform's types that need more to be said.
type types struct {
	Resources map[string]string           `json:"resources"`
	Fields    map[string]map[string]field `json:"fields"`
	Functions map[string]string           `json:"functions"`
}

// What Pulumi makes of a field otherwise than the bridge by itself would.
type field struct {
	Name string `json:"name"`
	// A list where Terraform allows one element only.
	List bool `json:"list"`
	// "file" or "archive": the path of a file, which Pulumi has as an asset.
	Asset string `json:"asset"`
	// A JSON document, which may be given as a value.
	JSON bool `json:"json"`
}

func (f field) schema() *tfbridge.SchemaInfo {
	info := &tfbridge.SchemaInfo{Name: f.Name}
	if f.List {
		info.MaxItemsOne = tfbridge.False()
	}
	if f.JSON {
		info.Transform = tfbridge.TransformJSONDocument
	}
	switch f.Asset {
	case "file":
		info.Asset = &tfbridge.AssetTranslation{Kind: tfbridge.FileAsset}
	case "archive":
		info.Asset = &tfbridge.AssetTranslation{Kind: tfbridge.FileArchive}
	}
	return info
}

func provider(ctx context.Context, metadata []byte) tfbridge.ProviderInfo {
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var known types
	if err := json.Unmarshal(typesFile, &known); err != nil {
		log.Fatal(err)
	}
	info := tfbridge.ProviderInfo{
		P:                       pftfbridge.MuxShimWithDisjointgPF(ctx, shimv2.NewProvider(sdk), framework),
		Name:                    "aws",
		Version:                 version,
		ResourcePrefix:          "aws",
		GitHubOrg:               "hashicorp",
		TFProviderModuleVersion: "v6",
		TFProviderVersion:       "6.34.0",
		MetadataInfo:            tfbridge.NewProviderMetadata(metadata),
		Resources:               map[string]*tfbridge.ResourceInfo{},
		DataSources:             map[string]*tfbridge.DataSourceInfo{},
		SkipValidateProviderConfigForPluginFramework: true,
	}
	for token, resource := range known.Resources {
		fields := map[string]*tfbridge.SchemaInfo{}
		for name, field := range known.Fields[resource] {
			fields[name] = field.schema()
		}
		if _, ok := info.P.ResourcesMap().Get(resource).Schema().GetOk("tags_all"); ok {
			fields["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
		}
		info.Resources[resource] = &tfbridge.ResourceInfo{Tok: tokens.Type(token), Fields: fields}
	}
	for token, source := range known.Functions {
		info.DataSources[source] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token)}
	}
	ignoreOthers(&info)
	info.SetAutonaming(255, "-")
	return info
}

// The bridge insists on being told of everything that the provider has.
func ignoreOthers(info *tfbridge.ProviderInfo) {
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.Resources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if info.DataSources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
}

// With the argument "schema" it writes schema.json and bridge-metadata.json, which it reads from beside itself when it serves.
func main() {
	log.SetFlags(0)
	ctx := context.Background()
	if len(os.Args) > 1 && os.Args[1] == "schema" {
		pftfgen.MainWithMuxer("aws", provider(ctx, []byte("{}")))
		return
	}
	pftfbridge.MainWithMuxer(ctx, "aws", provider(ctx, beside("bridge-metadata.json")), beside("schema.json"))
}

func beside(name string) []byte {
	path, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(path), name))
	if err != nil {
		log.Fatal(strings.TrimSpace(err.Error()))
	}
	return text
}
