// biome-ignore-all assist/source/organizeImports: the order is that of the pipeline
/** What notebooks import, in the order in which the data flows; see lib/README.md. */

export type { LayersModel, Scalar, SymbolicTensor, Tensor } from '@tensorflow/tfjs-node-gpu';
export { type Device, describeDevice, device } from './tensorflow/device';
export { tf } from './tensorflow/load';

export { type Batch, type BatchOptions, batchesOf, batchOf } from './data/batches';
export { CIFAR10_CLASS_NAMES, readCifar10 } from './data/cifar10';
export { readCifar100 } from './data/cifar100';
export { downloadCifar } from './data/download';
export { GENERATED_CLASS_NAMES, generatedImages } from './data/generated-images';
export { split } from './data/hold-out';
export { type LoadDataOptions, loadData } from './data/load-data';
export { normalise, oneHot } from './data/normalise';
export { pixelStatistics } from './data/pixel-statistics';
export { type PrincipalComponents, principalComponents } from './data/principal-components';
export { seededRandom, shuffledIndices } from './data/random';
export type { DataSet, DataSource, ImageShape, Split } from './data/split';
export { classCounts, take } from './data/take';
export { type Whitening, whitening } from './data/whitening';

export { seededUniform } from './ops/seeded-uniform';
export { softmaxCrossEntropy } from './ops/softmax-cross-entropy';

export { buildResNet } from './model/build-resnet';
export {
  type CifarResNetOptions,
  cifarResNet,
  cifarResNetConfig,
  wideResNet,
  wideResNetConfig,
} from './model/cifar-resnet';
export { describe, type PartRow } from './model/describe-net';
export {
  type ImageNetResNetOptions,
  imageNetResNet,
  imageNetResNetConfig,
  kerasResNetConfig,
} from './model/imagenet-resnet';
export { adam } from './model/keras-defaults';
export { countParameters, type LayerRow, layerTable } from './model/layer-table';
export { normalization } from './model/normalization';
export { type ResidualBlockOptions, residualBlock } from './model/residual-block';
export { receptiveFields } from './model/receptive-field';
export { ResNet, type ResNetOptions } from './model/resnet';
export { type ResNet9Options, resNet9 } from './model/resnet9';
export type { ResNetConfig, Shortcut, Stage } from './model/resnet-config';
export { type WhitenedResNetOptions, whitenedResNet } from './model/whitened-resnet';

export { type AdamWOptions, adamW } from './optimizers/adam-w';
export { biasesAndNorms, type ParameterGroup } from './optimizers/groups';
export { type MuonOptions, muon } from './optimizers/muon';
export { type SgdOptions, sgd } from './optimizers/sgd';

export { Cluster } from './cluster/cluster';
export { ClusterError, type ClusterFault, EXIT_CODES } from './cluster/cluster-error';
export type { ClusterOptions, Reduction } from './cluster/cluster-options';
export { clusterFromEnv } from './cluster/environment';
export { type Compiled, compile } from './compile/compile';
export { chromeTrace, saveChromeTrace } from './compile/chrome-trace';
export type { Graph, GraphNode } from './compile/graph';
export { printGraph } from './compile/print-graph';
export type { ProfiledOp, ProfiledStep } from './compile/profile';
export { liveNumber } from './compile/record';
export type { SessionOptions } from './compile/session-options';

export { type Augmentation, augment } from './augment/augment';
export { type MixOptions, mix } from './augment/mix';
export { smoothLabels } from './augment/smooth-labels';

export type { CheckpointOptions } from './train/checkpoints';
export type { Consumer } from './train/consumer';
export { DivergedError } from './train/diverged';
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateSearch,
} from './train/find-learning-rate';
export { type EarlyStoppingOptions, earlyStopping } from './train/early-stopping';
export { jsonLines, readJsonLines } from './train/json-lines';
export { type ModelCard, modelCard } from './train/model-card';
export type { Observer } from './train/observers';
export type { EpochRecord, StepRecord, TrainingRecord, WorkerSpeed } from './train/records';
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './train/reduce-on-plateau';
export { type ComparedRun, listRuns, loadRuns, RunFolder } from './train/run-folder';
export { type ProfileTrainingOptions, profileTraining } from './train/profile-training';
export { loadModel, saveModel } from './train/save-model';
export {
  chain,
  constant,
  cosine,
  linear,
  multiStep,
  type OneCycleOptions,
  oneCycle,
  scaledRate,
  type Schedule,
  warmup,
} from './train/schedules';
export type { Snapshot } from './train/snapshot';
export { tensorBoard } from './train/tensorboard';
export { train } from './train/train';
export type { Training, TrainingEnd, TrainOptions } from './train/training';
export { type TrainedModel, trainedModel } from './train/trained-model';

export { activations, featuresOf } from './evaluate/activations';
export { type CalibrationBin, calibration } from './evaluate/calibration';
export { type Evaluation, evaluate } from './evaluate/evaluate';
export { type Predictions, predict } from './evaluate/predict';
export { type EvaluationRecord, saveEvaluation } from './evaluate/save-evaluation';

export { type Embedding, embedding, nearest, projected } from './explain/embedding';
export { type GradCam, type GradCamOptions, gradCam, relativeHeat } from './explain/grad-cam';
export { type GradientFlow, gradientFlow } from './explain/gradient-flow';
export { type LayerResponses, layerResponses } from './explain/layer-responses';
export { type LesionRecord, lesion } from './explain/lesion';
export {
  eachRemoved,
  kendallTau,
  type Lesion,
  partNames,
  someRemoved,
  someSwapped,
} from './explain/lesion-plans';
export { lossSurface, type LossSurfaceOptions, type SurfacePoint } from './explain/loss-surface';
export { type PathGradient, type PathGradientsOptions, pathGradients } from './explain/path-gradients';
export { pathLengths } from './explain/path-lengths';
export { type UmapOptions, umap } from './explain/umap';

export { type Recipe, stepsOf } from './recipes/recipe';
export { RECIPES, recipe } from './recipes/recipes';
export { THIN_IMAGES, thinArticleRecipe, thinOptions, thinRecipe } from './recipes/thin';

export { decodePredictions, type Guess, IMAGENET_CLASS_NAMES } from './weights/decode-predictions';
export { type ImportedNet, importNet } from './weights/import-net';
export { readKerasWeights, writeKerasWeights } from './weights/keras-weights';
export { type PreprocessMode, preprocess } from './weights/preprocess';
export { writeSavedModel } from './weights/saved-model';
export { readTorchWeights, writeTorchWeights } from './weights/torch-weights';

export { augmentedGrid } from './plot/augmented-grid';
export { type BandPlotOptions, bandPlot, type RepeatedSeries } from './plot/band-plot';
export { barPlot } from './plot/bar-plot';
export { classHistogram } from './plot/class-histogram';
export { compareRuns, type RunComparison } from './plot/compare-runs';
export { confidenceBars } from './plot/confidence-bars';
export { confusionMatrix } from './plot/confusion-matrix';
export { featureCloud, featureCloudTwin } from './plot/feature-cloud';
export { featureMapGrid } from './plot/feature-map-grid';
export { filterGrid } from './plot/filter-grid';
export {
  type GradientFlowPlotOptions,
  type GradientMeasure,
  gradientFlowPlot,
} from './plot/gradient-flow-plot';
export { type FlowHistory, gradientHeatMap } from './plot/gradient-heat-map';
export { type HeatedImage, type HeatGridOptions, heatGrid } from './plot/heat-grid';
export { thumbnails } from './plot/hover-picture';
export { imageGrid } from './plot/image-grid';
export { layerCostBars } from './plot/layer-cost-bars';
export { learningRateCurve } from './plot/learning-rate-curve';
export { type LesionedNet, type LesionPlotOptions, lesionPlot } from './plot/lesion-plot';
export { type LossSurfacePlotOptions, lossContour } from './plot/loss-contour';
export { lossLandscape } from './plot/loss-landscape';
export { linePlot } from './plot/line-plot';
export { type Neighbourhood, neighbourGrid } from './plot/neighbour-grid';
export { perClassBars } from './plot/per-class-bars';
export { type PlotModelOptions, plotModel } from './plot/plot-model';
export { type LayerTime, type PassTime, profileBars, timeByLayer, timeByPass } from './plot/profile-bars';
export { type OpTime, profileByOp, timeByOp } from './plot/profile-by-op';
export { raceBars } from './plot/race-bars';
export { schedulePlot } from './plot/schedule-plot';
export type { PlotlyFigure, VegaLiteSpec } from './plot/spec';
export { type StepTimes, stepTimes } from './plot/step-times';
export { type NamedMaps, sumGrid } from './plot/sum-grid';
export { toSvg } from './plot/to-svg';
export { trainingCurves } from './plot/training-curves';
export { workerCurves } from './plot/worker-curves';

export type { Showable, ShowOptions } from './notebook/bundle';
export { checkoutRoot, codeVersion } from './notebook/checkout';
export { exercise } from './notebook/exercise';
export { type FitEnd, type FitOptions, fit } from './notebook/fit';
export { escapeHtml, type Fragment, html, markdown } from './notebook/fragment';
export { interruptible } from './notebook/interruptible';
export { type LiveDisplay, liveDisplay } from './notebook/live-display';
export { modelOutline } from './notebook/model-outline';
export { isNotebook } from './notebook/output';
export { type ProgressBar, progressBar } from './notebook/progress-bar';
export { type RecipeEnd, type RecipeOptions, runRecipe } from './notebook/run-recipe';
export { describeSettings, type Settings, settings } from './notebook/settings';
export { show } from './notebook/show';
export { type TableColumn, table } from './notebook/table';
