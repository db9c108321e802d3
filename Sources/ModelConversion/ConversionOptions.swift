public import Architectures
public import TensorData
public import WeightFiles

/// What a conversion shall do.
public struct ConversionOptions: Sendable {
  /// The container of the output.
  public var format: WeightFormat
  /// The layout of the output; nil changes the container alone and needs no known architecture.
  public var layout: String?
  /// What the user says about the source.
  public var mapping = MappingRequest()
  /// The element type of floating-point tensors; nil keeps each one's.
  public var dtype: DType?
  /// Whether a tensor of the output is F32 in spite of `dtype`.
  public var isKeptF32: @Sendable (String) -> Bool = { _ in false }
  /// Whether finite values that `dtype` makes infinite, or NaN where it has no infinity, are written so.
  public var allowsOverflow = false
  /// What happens to a tied head; nil for what the loader of the output's layout expects.
  public var tied: TiedPolicy?
  /// Whether parameters that the output's layout has no place for may be left out.
  public var allowsLoss = false
  /// Shards get at most so many bytes of tensors; nil writes one file.
  public var maxShardSize: Int?
  /// 0 stores, 1 to 12 deflate (`.npz` only).
  public var compression = 0
  /// Metadata to add or replace.
  public var metadata: [MetadataEntry] = []
  /// Whether configuration, tokenizer and generation files go along into a directory.
  public var copiesFiles = true
  /// How many threads work, which the files do not depend on; nil for all processors.
  public var threads: Int?
  /// Whether files that exist may be replaced.
  public var replacesExisting = false
  /// Whether files get their names only when their bytes are on the disk.
  public var diskPolicy = DiskPolicy.whereReplacing

  /// A conversion into a container, with defaults for everything else.
  public init(format: WeightFormat) { self.format = format }

  /// The element type that the output's tensor of that name is to have; nil if it keeps the stored one.
  func dtype(of name: String) -> DType? { dtype == nil ? nil : isKeptF32(name) ? .f32 : dtype }
}
