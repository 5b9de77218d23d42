/**
 * The types that the parts of the transfer page share.
 *
 * @import { Remote } from "comlink"
 * @import { PageData } from "../shared/manifest.js"
 * @import { Answerer } from "./answerer.js"
 * @import { Choice } from "./choose.js"
 * @import { Embedding } from "./embedding.js"
 * @import { Preparer } from "./preparer.js"
 * @import { Epoch, Project, TrainedHead } from "./project.js"
 * @import { TransferCompute } from "./worker.js"
 *
 * @typedef {{url: string, bytes: number}} PartFile a graph model's model.json and what it weighs
 * @typedef {"first" | "last" | "imagenet"} PartName
 * @typedef {{shape: number[], grid?: number, part: PartName, output: string}} TapData output: the
 *   name of the graph model's tensor; grid: averaged onto so many cells a side
 * @typedef {{
 *   name: string, title: string, about: string, licence: string, size: number, scale: number,
 *   offset: number, parts: Record<PartName, PartFile>, taps: Record<string, TapData>
 * }} BackboneData
 * @typedef {{
 *   classes: string[], backbones: BackboneData[],
 *   missing: {name: string, title: string, why: string}[], imagenet: string,
 *   exported: string, samples?: SamplesData
 * }} TransferData exported: what `exportPage` makes a page of its own from
 * @typedef {{
 *   manifest: string, zip: string | null, zipBytes: number, title: string,
 *   each: {train: number, validation: number}
 * }} SamplesData each: pictures of a class, of each role
 *
 * @typedef {{
 *   topology: object, weights: {name: string, shape: number[], dtype: "float32"}[],
 *   weightData: ArrayBuffer
 * }} HeadFile a TF.js layers model on the concatenated raw features
 * @typedef {{
 *   kind: "linear" | "classic", taps: "auto" | string[], regularisation: "auto" | number,
 *   epochs: number, learningRate: number, batchShare: number, seed: number
 * }} TrainSettings
 * @typedef {{ids: number[], labels: number[]}} Labelled
 * @typedef {{
 *   train: Labelled, validation: Labelled | null, classes: string[], settings: TrainSettings
 * }} TrainRequest
 * @typedef {{type: "choosing", done: number, total: number} | {type: "chosen", choice: Choice} |
 *   ({type: "epoch", epochs: number} & Epoch)} TrainEvent
 * @typedef {{
 *   head: TrainedHead, stopped: boolean, seconds: number, train: Float32Array,
 *   validation: Float32Array | null
 * }} TrainResult train, validation: probabilities, picture by picture
 *
 * @typedef {{
 *   page: PageData, transfer: TransferData, project: Project, compute: Remote<TransferCompute>,
 *   preparer: Remote<Preparer>, embedding: Embedding, answerer: Answerer,
 *   announce: (text: string) => void
 * }} Session
 */
export {};
