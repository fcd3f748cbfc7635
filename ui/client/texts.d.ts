// Made from the Fluent files by build.mjs: of each key what it is in English, Spanish and Portuguese.
declare module "texts" {
  const texts: Record<string, [string, string, string]>;
  export default texts;
}
declare module "texts/articles" {
  const texts: Record<string, [string, string, string]>;
  export default texts;
}
