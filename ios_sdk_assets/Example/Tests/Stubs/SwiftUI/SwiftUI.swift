// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's SwiftUI that the example calls, so that Linux type-checks its views. It draws nothing and is in
// no app: the manifest adds it with QLEAP_EDGE_STUBS=1 alone. Signatures follow https://developer.apple.com/documentation/swiftui,
// simplified where the example uses one form of several.
@_exported import Foundation
@_exported import Observation

// MARK: Views

@MainActor @preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError("no body") }
}

/// A view of the framework itself.
public protocol StubView: View where Body == Never {}
extension StubView {
    public var body: Never { fatalError("drawn by the system") }
}

public struct EmptyView: StubView {
    public init() {}
}

public struct TupleView<each Content: View>: StubView {}

public struct ConditionalContent<First: View, Second: View>: StubView {}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError("drawn by the system") }
}

@MainActor @resultBuilder
public struct ViewBuilder {
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<repeat each Content>
    {
        TupleView()
    }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> ConditionalContent<First, Second> {
        ConditionalContent()
    }
    public static func buildEither<First: View, Second: View>(second: Second) -> ConditionalContent<First, Second> {
        ConditionalContent()
    }
}

public struct Text: StubView {
    public init(_ content: some StringProtocol) {}
    public func font(_ font: Font?) -> Text { self }
    public func monospacedDigit() -> Text { self }
    public func foregroundStyle(_ style: Color) -> Text { self }
}

public struct Image: StubView {
    public init(systemName: String) {}
}

public struct Label: StubView {
    public init(_ title: some StringProtocol, systemImage name: String) {}
}

public struct ProgressView: StubView {
    public init() {}
}

public struct HorizontalAlignment: Sendable {
    public static let leading = HorizontalAlignment()
    public static let center = HorizontalAlignment()
}

public struct VStack<Content: View>: StubView {
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) {}
}

public struct HStack<Content: View>: StubView {
    public init(spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}

public struct ScrollView<Content: View>: StubView {
    public init(@ViewBuilder content: () -> Content) {}
}

public struct List<Content: View>: StubView {
    public init(@ViewBuilder content: () -> Content) {}
}

public struct Section<Content: View>: StubView {
    public init(_ title: some StringProtocol, @ViewBuilder content: () -> Content) {}
}

public struct NavigationStack<Content: View>: StubView {
    public init(@ViewBuilder root: () -> Content) {}
}

public struct NavigationLink<Destination: View>: StubView {
    public init(_ title: some StringProtocol, @ViewBuilder destination: () -> Destination) {}
}

public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: StubView {
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content)
    {}
}

public struct Button: StubView {
    public init(_ title: some StringProtocol, action: @escaping @MainActor () -> Void) {}
}

public struct Stepper: StubView {
    public init<Value: Strideable>(_ title: some StringProtocol, value: Binding<Value>, in bounds: ClosedRange<Value>) {
    }
}

// MARK: Drawing

public struct Canvas: StubView {
    public init(renderer: @escaping (inout GraphicsContext, CGSize) -> Void) {}
}

public struct GraphicsContext {
    public struct Shading {
        public static func color(_ color: Color) -> Shading { Shading() }
    }

    public func fill(_ path: Path, with shading: Shading) {}
    public func stroke(_ path: Path, with shading: Shading, lineWidth: CGFloat = 1) {}
}

public struct Path: Sendable {
    public init() {}
    public init(ellipseIn rect: CGRect) {}
    public mutating func move(to end: CGPoint) {}
    public mutating func addLine(to end: CGPoint) {}
}

public struct Color: Sendable {
    public static let primary = Color()
    public static let secondary = Color()
    public static let accentColor = Color()
    public static let orange = Color()
    public func opacity(_ opacity: Double) -> Color { self }
}

public struct Font: Sendable {
    public static let largeTitle = Font()
    public static let title = Font()
    public static let headline = Font()
    public static let footnote = Font()
}

public enum ContentMode: Sendable { case fit, fill }
public enum TextAlignment: Sendable { case leading, center, trailing }

// MARK: Modifiers

public struct ModifiedView<Content: View>: StubView {}

extension View {
    public func font(_ font: Font?) -> some View { ModifiedView<Self>() }
    public func foregroundStyle(_ style: Color) -> some View { ModifiedView<Self>() }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { ModifiedView<Self>() }
    public func padding(_ length: CGFloat? = nil) -> some View { ModifiedView<Self>() }
    public func aspectRatio(_ ratio: CGFloat? = nil, contentMode: ContentMode) -> some View { ModifiedView<Self>() }
    public func accessibilityLabel(_ label: some StringProtocol) -> some View { ModifiedView<Self>() }
    public func navigationTitle(_ title: some StringProtocol) -> some View { ModifiedView<Self>() }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { ModifiedView<Self>() }
    public func onChange(of value: some Equatable, _ action: @escaping () -> Void) -> some View { ModifiedView<Self>() }
    public func task(_ action: sending @escaping @isolated(any) () async -> Void) -> some View { ModifiedView<Self>() }
}

// MARK: State

@propertyWrapper
public struct State<Value> {
    private let kept: Value

    public init(wrappedValue: Value) {
        kept = wrappedValue
    }

    public var wrappedValue: Value {
        get { kept }
        nonmutating set {}
    }

    public var projectedValue: Binding<Value> { Binding(get: { kept }, set: { _ in }) }
}

@propertyWrapper
public struct Binding<Value> {
    private let read: () -> Value
    private let write: (Value) -> Void

    public init(get: @escaping () -> Value, set: @escaping (Value) -> Void) {
        (read, write) = (get, set)
    }

    public var wrappedValue: Value {
        get { read() }
        nonmutating set { write(newValue) }
    }

    public var projectedValue: Binding<Value> { self }
}

// MARK: App

@MainActor @preconcurrency
public protocol Scene {}

@MainActor @preconcurrency
public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}

extension App {
    public static func main() {}
}

@MainActor @resultBuilder
public struct SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
}
